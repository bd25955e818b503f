"""Resets parts of an encoder to their state before training (Muller et al., 2021)."""

from collections.abc import Collection

from flax import nnx

from mlm_xling.config import Config
from mlm_xling.model.encoder import Encoder, random_encoder


def reinitialised(encoder: nnx.Module, config: Config, parts: Collection[str]) -> nnx.Module:
    """Returns an encoder with the named parts as initialised; all others are unchanged.

    Args:
      parts: names such as `layer_5` of parts of the encoder.
    """
    if not parts:
        return encoder
    assert isinstance(encoder, Encoder)
    before = random_encoder(config, encoder.ids, config.training.seed)
    graph, state = nnx.split(encoder)
    fresh, kept = nnx.to_pure_dict(nnx.state(before)), nnx.to_pure_dict(state)
    nnx.replace_by_pure_dict(state, kept | {name: fresh[name] for name in parts})
    return nnx.merge(graph, state)

"""An encoder some of whose parts forget what they learnt (Muller et al., 2021)."""

from collections.abc import Collection

from flax import nnx

from mlm_xling.config import Config
from mlm_xling.model.encoder import Encoder, random_encoder


def reinitialised(encoder: nnx.Module, config: Config, parts: Collection[str]) -> nnx.Module:
    """Gives an encoder whose named parts are as before its training; all others are the same.

    Args:
      parts: names like `layer_5`, of those that the encoder has.
    """
    if not parts:
        return encoder
    assert isinstance(encoder, Encoder)
    before = random_encoder(config, encoder.ids, config.training.seed)
    graph, state = nnx.split(encoder)
    fresh, kept = nnx.to_pure_dict(nnx.state(before)), nnx.to_pure_dict(state)
    nnx.replace_by_pure_dict(state, kept | {name: fresh[name] for name in parts})
    return nnx.merge(graph, state)

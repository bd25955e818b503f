"""The layers of a head that reads frozen states (METHOD.md section 6, contextual alignment)."""

import dataclasses

import jax
from flax import nnx
from jaxtyping import Array, Bool, Float, Key

from mlm_xling.config import ModelConfig
from mlm_xling.model.layers import Layer

LAYERS, DROPOUT = 4, 0.2


class Stack(nnx.Module):
    """Four Transformer layers of the encoder's kind and shape, without positions of their own."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        config = dataclasses.replace(config, dropout=DROPOUT, attention_dropout=DROPOUT)
        self.layers = nnx.List([Layer(config, rngs) for _ in range(LAYERS)])

    def __call__(
        self,
        hidden: Float[Array, "batch length embed"],
        mask: Bool[Array, "batch length"],
        key: Key[Array, ""] | None = None,
    ) -> Float[Array, "batch length embed"]:
        """Refines frozen states; `key` is for dropout."""
        keys = [None] * LAYERS if key is None else list(jax.random.split(key, LAYERS))
        for layer, layer_key in zip(self.layers, keys, strict=True):
            hidden = layer(hidden, mask, layer_key)
        return hidden

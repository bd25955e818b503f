"""A head on frozen states: its layers, and the states it reads.

Source: docs/method.md section 6, contextual alignment.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Key

from mlm_xling.config import ModelConfig
from mlm_xling.model.layers import Layer

LAYERS, DROPOUT = 4, 0.2
FROZEN = "frozen"
"""Name of the part of a `Reader` that is never trained."""
Affine = tuple[Float[np.ndarray, "embed other_embed"], Float[np.ndarray, " other_embed"]]
"""A matrix and a bias: `states @ matrix + bias`."""


class Stack(nnx.Module):
    """Four Transformer layers of the encoder's architecture, without positions of their own."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        config = dataclasses.replace(config, dropout=DROPOUT, attention_dropout=DROPOUT)
        self.layers = nnx.List([Layer(config, rngs) for _ in range(LAYERS)])

    def __call__(
        self,
        hidden: Float[Array, "batch length embed"],
        mask: Bool[Array, "batch length"],
        key: Key[Array, ""] | None = None,
    ) -> Float[Array, "batch length embed"]:
        """Transforms frozen states; `key` is for dropout."""
        keys = [None] * LAYERS if key is None else list(jax.random.split(key, LAYERS))
        for layer, layer_key in zip(self.layers, keys, strict=True):
            hidden = layer(hidden, mask, layer_key)
        return hidden


class FrozenLayer(nnx.Module):
    """The states of an encoder at one layer, optionally mapped into another space.

    The layer is an array, so that one compiled program works for all layers; it always runs the
    whole encoder, forward only.
    """

    def __init__(self, encoder: nnx.Module, layer: int, mapping: Affine | None = None):
        self.encoder = encoder
        self.layer = nnx.Variable(jnp.array(layer, jnp.int32))
        self.mapped = mapping is not None
        if mapping is not None:
            matrix, offset = (jnp.asarray(array, jnp.float32) for array in mapping)
            self.matrix, self.offset = nnx.Variable(matrix), nnx.Variable(offset)

    def __call__(
        self,
        input_ids: Int[Array, "group batch length"],
        padding_mask: Bool[Array, "group batch length"],
        language: Int[Array, " group"],
    ) -> Float[Array, "group batch length other_embed"]:
        """Takes the same inputs as an encoder."""
        hidden_states = self.encoder(input_ids, padding_mask, language)
        hidden = jnp.stack(hidden_states)[self.layer[...]]
        if not self.mapped:
            return hidden
        # By default, products on accelerators would round float32 to bfloat16.
        turned = jnp.matmul(
            hidden.astype(jnp.float32), self.matrix[...], precision=jax.lax.Precision.HIGHEST
        )
        return (turned + self.offset[...]).astype(hidden.dtype)


class Reader(nnx.Module):
    """A stack on a frozen layer, called like an encoder; only the stack is trained."""

    def __init__(self, frozen: FrozenLayer, stack: Stack):
        self.frozen, self.stack = frozen, stack

    def __call__(
        self,
        input_ids: Int[Array, "group batch length"],
        padding_mask: Bool[Array, "group batch length"],
        language: Int[Array, " group"],
        key: Key[Array, ""] | None = None,
    ) -> tuple[Float[Array, "group batch length embed"]]:
        """Returns the stack's output on frozen states; `key` is for its dropout."""
        hidden = self.frozen(input_ids, padding_mask, language)
        rows, mask = (array.reshape(-1, *array.shape[2:]) for array in (hidden, padding_mask))
        return (self.stack(rows, mask, key).reshape(hidden.shape),)

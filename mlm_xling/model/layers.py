"""The building blocks of XLM's encoder (docs/method.md section 2), post-layer-norm.

They are unaware of languages and groups; `sharing.py` calls them with one batch.
"""

import functools
import math

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, Key

from mlm_xling.config import SPECIALS, ModelConfig
from mlm_xling.model import norm_kernel
from mlm_xling.model.attention import Mask, Projected, Seeds, attend, attention_seeds
from mlm_xling.model.functions import ACTIVATIONS, dropout, layer_norm
from mlm_xling.model.placement import heads_are_divided
from mlm_xling.model.products import transform
from mlm_xling.vocabulary import PAD

Hidden = Float[Array, "batch length embed"]
MaybeKey = Key[Array, ""] | None


def _uniform(rngs: nnx.Rngs, shape: tuple[int, ...], fan_in: int) -> Float[Array, "..."]:
    bound = 1 / math.sqrt(fan_in)
    return jax.random.uniform(rngs.params(), shape, minval=-bound, maxval=bound)


class Linear(nnx.Module):
    """`x @ kernel + bias`, both initialised uniform(+-1/sqrt(fan_in))."""

    def __init__(self, axes: tuple[str, str], inputs: int, outputs: int, rngs: nnx.Rngs):
        self.kernel = nnx.Param(_uniform(rngs, (inputs, outputs), inputs), axes=axes)
        self.bias = nnx.Param(_uniform(rngs, (outputs,), inputs), axes=axes[1:])

    def __call__(self, x: Float[Array, "*rows inputs"]) -> Float[Array, "*rows outputs"]:
        # Two axes: with more, XLA's CPU products in the backward pass take twice as long.
        rows = x.reshape(-1, x.shape[-1])
        outputs = transform(rows, self.kernel.astype(x.dtype)) + self.bias.astype(x.dtype)
        return outputs.reshape(*x.shape[:-1], -1)


class LayerNorm(nnx.Module):
    """Normalises the last axis in float32."""

    def __init__(self, config: ModelConfig):
        width, self.eps = config.width, config.norm_eps
        self.scale = nnx.Param(jnp.ones(width), axes=("embed",))
        self.bias = nnx.Param(jnp.zeros(width), axes=("embed",))

    def __call__(self, x: Float[Array, "*rows embed"]) -> Float[Array, "*rows embed"]:
        plain = functools.partial(layer_norm, eps=self.eps)
        operands = x, self.scale[...], self.bias[...]
        if not norm_kernel.fits(x):
            return plain(*operands)
        fused = functools.partial(norm_kernel.fused_norm, eps=self.eps)
        return jax.lax.platform_dependent(*operands, tpu=fused, default=plain)


class Attention(nnx.Module):
    """The parameters of multi-head self-attention, applied before and after `attend`."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        self.heads, self.head_dim = config.heads, config.width // config.heads
        self.dropout = config.attention_dropout
        shape = (config.width, 3, self.heads, self.head_dim)
        self.kernel = nnx.Param(
            _uniform(rngs, shape, config.width), axes=("embed", "qkv", "heads", "head_dim")
        )
        self.bias = nnx.Param(
            _uniform(rngs, shape[1:], config.width), axes=("qkv", "heads", "head_dim")
        )
        self.output = Linear(("heads", "embed"), config.width, config.width, rngs)

    def project(self, x: Hidden) -> Projected:
        """Returns the query, key and value of every position."""
        # Query, key and value keep an axis of their own if each device has some of the heads, since
        # those of one device would not be contiguous. Otherwise the product has two axes, as in
        # `Linear`.
        axes = (3, -1) if heads_are_divided() else (-1,)
        # The barrier keeps the kernel's gradient such a product; XLA's TPU compiler would otherwise
        # transpose the gradient of all projections for it.
        kernel = self.kernel.astype(x.dtype).reshape(x.shape[-1], *axes)
        qkv = jnp.tensordot(x.reshape(-1, x.shape[-1]), jax.lax.optimization_barrier(kernel), 1)
        qkv += self.bias.astype(x.dtype).reshape(axes)
        return qkv.reshape(*x.shape[:2], 3, self.heads, self.head_dim)


class FeedForward(nnx.Module):
    """`W2 gelu(W1 x)`, or with another activation."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        self.inner = Linear(("embed", "mlp"), config.width, config.mlp, rngs)
        self.outer = Linear(("mlp", "embed"), config.mlp, config.width, rngs)
        self.activation = config.activation

    def __call__(self, x: Hidden) -> Hidden:
        return self.outer(ACTIVATIONS[self.activation](self.inner(x)))


class Layer(nnx.Module):
    """`h = LN1(h + dropout(attention(h)))`, `h = mask * LN2(h + dropout(feed_forward(h)))`."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        self.attention = Attention(config, rngs)
        self.attention_norm = LayerNorm(config)
        self.feed_forward = FeedForward(config, rngs)
        self.feed_forward_norm = LayerNorm(config)
        self.dropout = config.dropout

    def __call__(self, hidden: Hidden, mask: Mask, key: MaybeKey = None) -> Hidden:
        projected, seeds = self.project(hidden, key)
        mixed = attend(projected, mask, self.attention.dropout, seeds)
        return self.finish(hidden, mixed, mask, key)

    def project(self, hidden: Hidden, key: MaybeKey = None) -> tuple[Projected, Seeds | None]:
        """Returns the inputs of `attend`."""
        projected = self.attention.project(hidden)
        if key is None:
            return projected, None
        return projected, attention_seeds(jax.random.split(key, 3)[0], projected)

    def finish(self, hidden: Hidden, mixed: Hidden, mask: Mask, key: MaybeKey = None) -> Hidden:
        """Returns the layer's output, given its input and the output of `attend`."""
        _, *keys = (None, None, None) if key is None else jax.random.split(key, 3)
        attended = dropout(self.attention.output(mixed), self.dropout, keys[0])
        hidden = self.attention_norm(hidden + attended)
        expanded = dropout(self.feed_forward(hidden), self.dropout, keys[1])
        return self.feed_forward_norm(hidden + expanded) * mask[..., None]


class OutputTransform(nnx.Module):
    """`LayerNorm(gelu(W h))` before the tied softmax, as in the code of Devlin et al. (2019)."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        self.linear = Linear(("embed", "mlp"), config.width, config.width, rngs)
        self.norm = LayerNorm(config)
        self.activation = config.activation

    def __call__(self, hidden: Float[Array, "*rows embed"]) -> Float[Array, "*rows embed"]:
        return self.norm(ACTIVATIONS[self.activation](self.linear(hidden)))


class Embeddings(nnx.Module):
    """Token and position embeddings, their LayerNorm, and the softmax tied to them.

    They form one part because the paper makes them private together: a language with its own
    embeddings has its own softmax and bias (docs/method.md section 4). Rows are the ids of the
    whole vocabulary or, if embeddings are private, indices into the language's own ids. Positions
    and special tokens may be separate parts: then `offset` holds the positions, and `specials` the
    rows that replace those of special tokens.
    """

    def __init__(self, config: ModelConfig, rows: int, rngs: nnx.Rngs):
        self.token = nnx.Param(_token_rows(config, rows, rngs), axes=("vocab", "embed"))
        self.learned = config.positions == "learned"
        self.positions_apart = "positions" in config.private
        if self.learned and not self.positions_apart:
            rows_of_places = _normal(config, config.max_positions, rngs)
            self.position = nnx.Param(rows_of_places, axes=("length", "embed"))
        self.norm = LayerNorm(config)
        self.output_bias = nnx.Param(jnp.zeros(rows), axes=("vocab",))
        self.dropout = config.dropout

    def __call__(
        self,
        input_ids: Int[Array, "batch length"],
        mask: Mask,
        offset: Hidden | Float[Array, "batch 1 embed"] | None = None,
        specials: Hidden | None = None,
        key: MaybeKey = None,
    ) -> Hidden:
        """Returns `mask * dropout(LayerNorm(token + position [+ offset]))` in float32."""
        hidden = self.token[input_ids]
        if specials is not None:
            hidden = jnp.where((input_ids < SPECIALS)[..., None], specials, hidden)
        if not self.positions_apart:
            length, width = hidden.shape[-2:]
            hidden += self.position[:length] if self.learned else sinusoids(length, width)
        hidden = hidden if offset is None else hidden + offset
        return dropout(self.norm(hidden), self.dropout, key) * mask[..., None]

    def logits(self, hidden: Float[Array, "row embed"]) -> Float[Array, "row vocab"]:
        """Computes scores of all rows, in float32."""
        return _scores(hidden, self.token, self.output_bias)


class Positions(nnx.Module):
    """Learned positions as a separate part."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        rows = _normal(config, config.max_positions, rngs)
        self.position = nnx.Param(rows, axes=("length", "embed"))

    def __call__(self, input_ids: Int[Array, "batch length"]) -> Hidden:
        rows = self.position[: input_ids.shape[-1]]
        return jnp.broadcast_to(rows, (*input_ids.shape, rows.shape[-1]))


class Specials(nnx.Module):
    """Embeddings of the special tokens, and their softmax rows, as a separate part."""

    def __init__(self, config: ModelConfig, rngs: nnx.Rngs):
        self.token = nnx.Param(_token_rows(config, SPECIALS, rngs), axes=("special", "embed"))
        self.output_bias = nnx.Param(jnp.zeros(SPECIALS), axes=("special",))

    def __call__(self, input_ids: Int[Array, "batch length"]) -> Hidden:
        """Returns the row of each special token; arbitrary rows at other tokens."""
        return self.token[jnp.minimum(input_ids, SPECIALS - 1)]

    def logits(self, hidden: Float[Array, "row embed"]) -> Float[Array, "row special"]:
        """Computes scores of the special tokens, in float32."""
        return _scores(hidden, self.token, self.output_bias)


def _normal(config: ModelConfig, rows: int, rngs: nnx.Rngs) -> Float[Array, "row embed"]:
    return jax.random.normal(rngs.params(), (rows, config.width)) / math.sqrt(config.width)


def _token_rows(config: ModelConfig, rows: int, rngs: nnx.Rngs) -> Float[Array, "row embed"]:
    return _normal(config, rows, rngs).at[PAD].set(0.0)


def _scores(
    hidden: Float[Array, "row embed"], token: nnx.Param, bias: nnx.Param
) -> Float[Array, "row id"]:
    table = token.astype(hidden.dtype)
    scores = jnp.einsum("re,ve->rv", hidden, table, preferred_element_type=jnp.float32)
    return scores + bias[...]


def sinusoids(length: int, width: int) -> Float[Array, "length embed"]:
    """Returns the sinusoidal positions of Vaswani et al. (2017), interleaved as in XLM."""
    rate = jnp.exp(-math.log(10_000.0) / width * 2 * (jnp.arange(width) // 2))
    angle = jnp.arange(length)[:, None] * rate
    return jnp.where(jnp.arange(width) % 2 == 0, jnp.sin(angle), jnp.cos(angle))

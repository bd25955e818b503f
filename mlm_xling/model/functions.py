"""Elementwise functions of the encoder, written so that a CPU spends its time on matmuls."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Key, PyTree, UInt32


@jax.custom_vjp
def gelu(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """`x Phi(x)` with the exact normal distribution function (Hendrycks and Gimpel, 2016).

    The custom gradient keeps only `x` for the backward pass.
    """
    return x * _normal_cdf(x)


def _normal_cdf(x: Float[Array, "..."]) -> Float[Array, "..."]:
    return 0.5 * (1 + lax.erf(x * math.sqrt(0.5)))


def _gelu_backward(x: Float[Array, "..."], gradient: Float[Array, "..."]):
    density = jnp.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return (gradient * (_normal_cdf(x) + x * density),)


gelu.defvjp(lambda x: (gelu(x), x), _gelu_backward)


LOWEST = -3e38
"""Acts as minus infinity beside any real score, and keeps a softmax from 0/0."""
ACTIVATIONS = {
    "gelu": gelu,
    "gelu_tanh": functools.partial(jax.nn.gelu, approximate=True),
    "relu": jax.nn.relu,
}
"""Activation functions by their name in `config.model.activation`."""


def layer_norm(
    x: Float[Array, "*rows embed"],
    scale: Float[Array, " embed"],
    bias: Float[Array, " embed"],
    eps: float,
) -> Float[Array, "*rows embed"]:
    """Normalises the last axis (Ba et al., 2016) in float32; the result has x's dtype."""
    wide = x.astype(jnp.float32)
    centred = wide - wide.mean(-1, keepdims=True)
    variance = jnp.square(centred).mean(-1, keepdims=True)
    return (centred * lax.rsqrt(variance + eps) * scale + bias).astype(x.dtype)


def key_of(seed: int | Int[Array, ""]) -> Key[Array, ""]:
    """Creates the random key of a seed, of the same generator whatever JAX's default is.

    Parameters, masks and dropout would else depend on `JAX_DEFAULT_PRNG_IMPL`, which some set on
    TPUs.
    """
    return jax.random.key(seed, impl="threefry2x32")


def dropout(x: Float[Array, "..."], rate: float, key: Key[Array, ""] | None) -> Float[Array, "..."]:
    """Zeroes entries with probability `rate` and scales the rest; without a key, returns `x`."""
    if key is None or rate == 0 or not x.size:
        return x
    return drop(x, counted_seeds(key, len(x), x.size // len(x)), rate)


def counted_seeds(key: Key[Array, ""], rows: int, entries: int) -> UInt32[Array, "rows 2"]:
    """Returns a seed for each of `rows` arrays, as if dropout counted through all of their entries.

    After `2**32` entries, which pods reach, counting restarts with the next second word.
    """
    first, second = jax.random.key_data(key)
    at_once = min(max(2**32 // entries, 1), 2**32 - 1)
    row = jnp.arange(rows, dtype=jnp.uint32)
    first += row % jnp.uint32(at_once) * jnp.uint32(entries % 2**32)
    return jnp.stack([first, second + row // jnp.uint32(at_once)], axis=-1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def drop(
    x: Float[Array, "..."], seeds: UInt32[Array, "*lead 2"], rate: float
) -> Float[Array, "..."]:
    """Applies dropout to arrays with one seed each, indexed by the leading axes."""
    lead = seeds.ndim - 1
    index = indices(x.shape[lead:])
    first, second = (seeds[..., i].reshape(*seeds.shape[:-1], *(1,) * index.ndim) for i in (0, 1))
    return jnp.where(spared(index, first, second, rate), x / (1 - rate), 0).astype(x.dtype)


# The backward pass recomputes the bits, which is cheaper than keeping them.
drop.defvjp(
    lambda x, seeds, rate: (drop(x, seeds, rate), seeds),
    lambda rate, seeds, gradient: (drop(gradient, seeds, rate), None),
)


def indices(shape: tuple[int, ...]) -> UInt32[Array, "..."]:
    """Numbers the entries of an array, the last axis fastest."""
    index, stride = jnp.zeros(shape, jnp.uint32), 1
    for axis in reversed(range(len(shape))):
        index += lax.broadcasted_iota(jnp.uint32, shape, axis) * jnp.uint32(stride % 2**32)
        stride *= shape[axis]
    return index


def spared(
    index: UInt32[Array, "..."],
    first: UInt32[Array, "..."],
    second: UInt32[Array, "..."],
    rate: float,
) -> Bool[Array, "..."]:
    """Returns what dropout keeps, by two rounds of Wellons' `lowbias32` over index and seed.

    Dropout needs many cheap bits, not strong ones; JAX's Threefry would cost a sixth of a training
    step on a CPU. A function of the index, so it is the same on any mesh.
    """
    return _lowbias32(_lowbias32(index + first) ^ second) >= jnp.uint32(rate * 2**32)


def _lowbias32(word: UInt32[Array, "..."]) -> UInt32[Array, "..."]:
    """Wellons' integer hash (github.com/skeeto/hash-prospector, "lowbias32")."""
    word = (word ^ (word >> 16)) * jnp.uint32(0x7FEB352D)
    word = (word ^ (word >> 15)) * jnp.uint32(0x846CA68B)
    return word ^ (word >> 16)


def all_finite(tree: PyTree) -> Bool[Array, ""]:
    """Returns whether all numbers of all arrays are finite."""
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)]).all()

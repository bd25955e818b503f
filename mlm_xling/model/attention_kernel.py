"""Self-attention of short streams as one TPU kernel, forward and backward.

The scores of a head fit in on-chip memory, so they never leave it, and the backward pass recomputes
them: only queries, keys and values are read from memory. Streams stay as projections leave them,
`[stream, length, 3 x heads x head_dim]`; no head is ever laid out separately.
"""

import functools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu
from jaxtyping import Array, Bool, Float, UInt32

from mlm_xling.model.functions import LOWEST, spared
from mlm_xling.model.kernels import LANES, cost, grid_order, product

LONGEST = 512
"""Maximum number of positions for which scores fit."""


class Shape(NamedTuple):
    """Static parameters of the kernel."""

    length: int
    """Number of positions, without those that pad to whole lanes."""
    heads: int
    head_dim: int
    rate: float
    interpret: bool = False
    """Whether to run as a plain program, on any device."""


def fits(projected: Float[Array, "stream length 3 heads head_dim"]) -> bool:
    """Returns whether the kernel supports streams of this length and width."""
    _, length, _, heads, head_dim = projected.shape
    return length <= LONGEST and head_dim % 64 == 0 and heads * head_dim % LANES == 0


def fused_attention(
    projected: Float[Array, "stream length 3 heads head_dim"],
    mask: Bool[Array, "stream length"],
    seeds: UInt32[Array, "stream heads 2"],
    rate: float,
    interpret: bool = False,
) -> Float[Array, "stream length heads head_dim"]:
    """Computes `attend` of `mlm_xling.model.attention` on one device.

    Args:
      interpret: whether to run as a plain program, for tests.
    """
    streams, length, _, heads, head_dim = projected.shape
    filling = ((0, 0), (0, -length % LANES))
    flat = jnp.pad(projected.reshape(streams, length, -1), (*filling, (0, 0)))
    # Keys beyond the length do not exist, unlike those of padding.
    floor = jnp.pad(jnp.where(mask, 0.0, LOWEST), filling, constant_values=-jnp.inf)
    shape = Shape(length, heads, head_dim, rate, interpret)
    mixed: Array = _attend(flat, floor[:, None, :], seeds, shape)  # pyright: ignore[reportAssignmentType]
    return mixed[:, :length].reshape(streams, length, heads, head_dim)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _attend(
    flat: Float[Array, "stream filled projected"],
    floor: Float[Array, "stream 1 filled"],
    seeds: UInt32[Array, "stream heads 2"],
    shape: Shape,
) -> Float[Array, "stream filled width"]:
    return _forward(flat, floor, seeds, shape)


def _attend_forward(flat, floor, seeds, shape):
    return _forward(flat, floor, seeds, shape), (flat, floor, seeds)


def _attend_backward(shape, kept, gradient):
    flat, floor, seeds = kept
    return _backward(flat, floor, seeds, gradient, shape), jnp.zeros_like(floor), None


_attend.defvjp(_attend_forward, _attend_backward)


@functools.partial(jax.jit, static_argnames="shape")  # Layers of one shape are traced once.
def _forward(flat, floor, seeds, shape):
    width = shape.heads * shape.head_dim
    mixed = jax.ShapeDtypeStruct((*flat.shape[:2], width), flat.dtype)
    return _by_stream(_mix, (flat, floor, seeds), mixed, shape, products=2)


@functools.partial(jax.jit, static_argnames="shape")
def _backward(flat, floor, seeds, gradient, shape):
    slope = jax.ShapeDtypeStruct(flat.shape, flat.dtype)
    return _by_stream(_mix_backward, (flat, floor, seeds, gradient), slope, shape, products=5)


def _by_stream(kernel: Any, operands: tuple[Array, ...], result: Any, shape: Shape, products: int):
    """Runs a kernel for each stream, on blocks of all of the stream's arrays."""

    def block(array: Any) -> pl.BlockSpec:
        space = pltpu.SMEM if array.dtype == jnp.uint32 else pltpu.VMEM
        return pl.BlockSpec(
            (1, *array.shape[1:]), lambda stream: (stream, 0, 0), memory_space=space
        )

    streams, filled, _ = operands[0].shape
    scores = streams * shape.heads * filled**2
    return pl.pallas_call(
        functools.partial(kernel, shape=shape),
        grid=(streams,),
        in_specs=[block(operand) for operand in operands],
        out_specs=block(result),
        out_shape=result,
        interpret=shape.interpret,
        cost_estimate=cost(2 * products * scores * shape.head_dim, scores, (*operands, result)),
        compiler_params=grid_order("parallel"),
    )(*operands)


class _Head(NamedTuple):
    """One head of a stream: its operands and intermediate values."""

    query: Array
    """Queries, divided by the square root of `head_dim`."""
    key: Array
    value: Array
    weights: Array
    """Attention weights in float32, before dropout."""
    seeds: tuple[Array, Array]
    columns: slice


def _mix(flat, floor, seeds, mixed, *, shape: Shape) -> None:
    for head in _heads(flat, floor, seeds, shape):
        weights = _dropped(head.weights, head, shape).astype(head.value.dtype)
        mixed[0, :, head.columns] = product(weights, head.value).astype(mixed.dtype)


def _mix_backward(flat, floor, seeds, gradient, slope, *, shape: Shape) -> None:
    width = shape.heads * shape.head_dim
    for head in _heads(flat, floor, seeds, shape):
        cotangent, dtype = gradient[0, :, head.columns], head.value.dtype
        weights = _dropped(head.weights, head, shape).astype(dtype)
        by_weight = _dropped(product(cotangent, head.value, (1, 1)), head, shape)
        mean = (by_weight * head.weights).sum(-1, keepdims=True)
        by_score = jnp.where(floor[0] == 0, head.weights * (by_weight - mean), 0).astype(dtype)
        scale = 1 / math.sqrt(shape.head_dim)
        slopes = (
            product(by_score, head.key) * scale,
            product(by_score, head.query, (0, 0)),
            product(weights, cotangent, (0, 0)),
        )
        for i, each in enumerate(slopes):
            columns = slice(i * width + head.columns.start, i * width + head.columns.stop)
            slope[0, :, columns] = each.astype(dtype)


def _heads(flat, floor, seeds, shape: Shape) -> Iterator[_Head]:
    width = shape.heads * shape.head_dim
    for head in range(shape.heads):
        start = head * shape.head_dim
        query, key, value = (
            flat[0, :, i * width + start : i * width + start + shape.head_dim] for i in range(3)
        )
        query = query / math.sqrt(shape.head_dim)
        scores = jnp.where(floor[0] == 0, product(query, key, (1, 1)), floor[0])
        weights = jnp.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        words = seeds[0, head, 0], seeds[0, head, 1]
        yield _Head(query, key, value, weights, words, slice(start, start + shape.head_dim))


def _dropped(x: Array, head: _Head, shape: Shape) -> Array:
    if shape.rate == 0:
        return x
    row, column = (jax.lax.broadcasted_iota(jnp.int32, x.shape, axis) for axis in (0, 1))
    index = (row * shape.length + column).astype(jnp.uint32)
    return jnp.where(spared(index, *head.seeds, shape.rate), x / (1 - shape.rate), 0)

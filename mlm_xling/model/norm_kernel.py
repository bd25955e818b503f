"""Layer normalisation as one TPU kernel, forward and backward.

Each pass reads its arrays once; XLA reads them for the mean, the variance and the result.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.experimental import pallas as pl
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float

from mlm_xling.model.kernels import LANES, cost, divides, grid_order, stream_devices
from mlm_xling.model.placement import STREAMS

BLOCK = 512
"""Number of rows normalised at once."""
_STREAMS, _WHOLE = PartitionSpec(STREAMS), PartitionSpec()
Row = Float[Array, " embed"]


def fits(x: Float[Array, "*rows embed"]) -> bool:
    """Returns whether `fused_norm` supports an array on the current mesh."""
    if not divides(streams=x.shape[0]):
        return False
    rows = x.size // x.shape[-1] // stream_devices(jax.sharding.get_abstract_mesh())
    return x.shape[-1] % LANES == 0 and rows % BLOCK == 0


@functools.partial(jax.custom_vjp, nondiff_argnums=(3, 4))
def fused_norm(
    x: Float[Array, "stream *rows embed"],
    scale: Row,
    bias: Row,
    eps: float,
    interpret: bool = False,
) -> Float[Array, "stream *rows embed"]:
    """Computes `layer_norm` of `mlm_xling.model.functions`.

    Args:
      interpret: whether to run as a plain program, on any device.
    """
    return _fused_norm_forward(x, scale, bias, eps, interpret)[0]


def _fused_norm_forward(x, scale, bias, eps, interpret):
    def on_device(x, scale, bias):
        return _forward(x.reshape(-1, x.shape[-1]), scale, bias, eps, interpret).reshape(x.shape)

    result = _divided(on_device, (_STREAMS, _WHOLE, _WHOLE), _STREAMS)(x, scale, bias)
    return result, (x, scale)


def _fused_norm_backward(eps, interpret, kept, cotangent):
    def on_device(x, scale, cotangent):
        rows = (array.reshape(-1, array.shape[-1]) for array in (x, cotangent))
        by_x, by_scale, by_bias = _backward(*rows, scale, eps, interpret)
        by_row = (lax.psum(by[0], STREAMS) for by in (by_scale, by_bias))
        return by_x.reshape(x.shape), *by_row

    operands, results = (_STREAMS, _WHOLE, _STREAMS), (_STREAMS, _WHOLE, _WHOLE)
    return _divided(on_device, operands, results)(*kept, cotangent)


fused_norm.defvjp(_fused_norm_forward, _fused_norm_backward)


def _divided(function, operands, results):
    return jax.shard_map(function, in_specs=operands, out_specs=results, check_vma=False)


@functools.partial(jax.jit, static_argnames=("eps", "interpret"))  # Traced once for all layers.
def _forward(x, scale, bias, eps, interpret):
    operands = x, scale[None], bias[None]
    return pl.pallas_call(
        functools.partial(_normalise, eps=eps),
        grid=(x.shape[0] // BLOCK,),
        in_specs=[_block(operand) for operand in operands],
        out_specs=_block(x),
        out_shape=jax.ShapeDtypeStruct(x.shape, x.dtype),
        interpret=interpret,
        cost_estimate=cost(8 * x.size, 0, (*operands, x)),
        compiler_params=grid_order("parallel"),
    )(*operands)


@functools.partial(jax.jit, static_argnames=("eps", "interpret"))
def _backward(x, cotangent, scale, eps, interpret):
    operands = x, cotangent, scale[None]
    row = jax.ShapeDtypeStruct((1, x.shape[1]), jnp.float32)
    results = jax.ShapeDtypeStruct(x.shape, x.dtype), row, row
    return pl.pallas_call(
        functools.partial(_normalise_backward, eps=eps),
        grid=(x.shape[0] // BLOCK,),
        in_specs=[_block(operand) for operand in operands],
        out_specs=[_block(result) for result in results],
        out_shape=list(results),
        interpret=interpret,
        cost_estimate=cost(18 * x.size, 0, (*operands, *results)),
        compiler_params=grid_order("arbitrary"),
    )(*operands)


def _block(array: Any) -> pl.BlockSpec:
    """Returns the spec of a block of rows, or of the one row shared by all blocks."""
    rows, width = array.shape
    if rows == 1:
        return pl.BlockSpec((1, width), lambda _: (0, 0))
    return pl.BlockSpec((BLOCK, width), lambda block: (block, 0))


def _standardised(x: Array, eps: float) -> tuple[Array, Array]:
    """Returns the standardised rows and their inverse standard deviations."""
    centred = x - x.mean(-1, keepdims=True)
    inverse = lax.rsqrt(jnp.square(centred).mean(-1, keepdims=True) + eps)
    return centred * inverse, inverse


def _normalise(x, scale, bias, result, *, eps: float) -> None:
    standardised, _ = _standardised(x[...].astype(jnp.float32), eps)
    result[...] = (standardised * scale[...] + bias[...]).astype(result.dtype)


def _normalise_backward(x, cotangent, scale, by_x, by_scale, by_bias, *, eps: float) -> None:
    @pl.when(pl.program_id(0) == 0)
    def _():
        by_scale[...] = jnp.zeros(by_scale.shape, jnp.float32)
        by_bias[...] = jnp.zeros(by_bias.shape, jnp.float32)

    standardised, inverse = _standardised(x[...].astype(jnp.float32), eps)
    slope = cotangent[...].astype(jnp.float32)
    by_scale[...] += (slope * standardised).sum(0, keepdims=True)
    by_bias[...] += slope.sum(0, keepdims=True)
    slope *= scale[...]
    along = (slope * standardised).mean(-1, keepdims=True)
    slope -= slope.mean(-1, keepdims=True) + standardised * along
    by_x[...] = (inverse * slope).astype(by_x.dtype)

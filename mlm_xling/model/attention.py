"""Multi-head attention between the positions of a stream; it has no parameters.

On TPUs a training step takes the kernel of `attention_kernel.py`, everything else the plain
program, to the same end. What is dropped is a function of a seed for each head of a stream, so it
is the same in both and on any mesh.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Bool, Float, Key, UInt32

from mlm_xling.model.attention_kernel import fits, fused_attention
from mlm_xling.model.functions import LOWEST, counted_seeds, drop
from mlm_xling.model.kernels import divides
from mlm_xling.model.placement import PARTS, STREAMS

Projected = Float[Array, "stream length 3 heads head_dim"]
"""Query, key and value of each position."""
Mask = Bool[Array, "stream length"]
Seeds = UInt32[Array, "stream heads 2"]


def attention_seeds(key: Key[Array, ""], projected: Projected) -> Seeds:
    """Gives every head of every stream a seed, as if dropout counted through all scores."""
    streams, length, _, heads, _ = projected.shape
    return counted_seeds(key, streams * heads, length**2).reshape(streams, heads, 2)


def attend(
    projected: Projected, mask: Mask, rate: float, seeds: Seeds | None = None
) -> Float[Array, "stream length embed"]:
    """Gives each query the mean of the values of its stream, weighted by how well the keys fit.

    Streams may be of any languages.

    Args:
      seeds: of dropout on the weights; without them there is none.
    """
    streams, _, _, heads, _ = projected.shape
    if seeds is None:
        rate, seeds = 0.0, jnp.zeros((streams, heads, 2), jnp.uint32)
    plain = partial(plain_attention, rate=rate)
    if not divides(streams, heads) or not fits(projected):
        mixed = plain(projected, mask, seeds)
    else:
        mixed = lax.platform_dependent(
            projected, mask, seeds, tpu=_on_mesh(partial(fused_attention, rate=rate)), default=plain
        )
    return mixed.reshape(*mask.shape, -1)


def plain_attention(
    projected: Projected, mask: Mask, seeds: Seeds, rate: float
) -> Float[Array, "stream length heads head_dim"]:
    """Computes `attend` in operations of XLA."""
    query, keys, values = projected.transpose(2, 0, 3, 1, 4)
    scores = jnp.einsum("bhqd,bhkd->bhqk", query / math.sqrt(query.shape[-1]), keys)
    scores = jnp.where(mask[:, None, None, :], scores.astype(jnp.float32), LOWEST)
    weights = jax.nn.softmax(scores)
    weights = jnp.asarray(drop(weights, seeds, rate) if rate else weights, values.dtype)
    return jnp.einsum("bhqk,bhkd->bhqd", weights, values).transpose(0, 2, 1, 3)


def _on_mesh(kernel):
    """Runs a kernel on each device's streams and heads: XLA cannot divide what it cannot see."""
    return jax.shard_map(
        kernel,
        in_specs=(
            PartitionSpec(STREAMS, None, None, PARTS),
            PartitionSpec(STREAMS),
            PartitionSpec(STREAMS, PARTS),
        ),
        out_specs=PartitionSpec(STREAMS, None, PARTS),
        check_vma=False,
    )

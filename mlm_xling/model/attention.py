"""Multi-head attention between the positions of a stream; it has no parameters.

On TPUs a training step uses the kernel of `attention_kernel.py`; everything else uses the plain
implementation, with the same result. Dropout is a function of one seed per head and stream, so it
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
from mlm_xling.model.products import similarity_scores, weighted_sums

Projected = Float[Array, "stream length 3 heads head_dim"]
"""Query, key and value of each position."""
Mask = Bool[Array, "stream length"]
Seeds = UInt32[Array, "stream heads 2"]


def attention_seeds(key: Key[Array, ""], projected: Projected) -> Seeds:
    """Returns a dropout seed for every head of every stream, as if counting through all scores."""
    streams, length, _, heads, _ = projected.shape
    return counted_seeds(key, streams * heads, length**2).reshape(streams, heads, 2)


def attend(
    projected: Projected, mask: Mask, rate: float, seeds: Seeds | None = None
) -> Float[Array, "stream length embed"]:
    """Returns for each query the mean of its stream's values, weighted by how well the keys match.

    Streams may be in any languages.

    Args:
      seeds: for dropout on the weights; None for no dropout.
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
    """Computes `attend` with XLA operations."""
    query, keys, values = projected.transpose(2, 0, 3, 1, 4)
    scores = similarity_scores(query / math.sqrt(query.shape[-1]), keys)
    scores = jnp.where(mask[:, None, None, :], scores.astype(jnp.float32), LOWEST)
    weights = jax.nn.softmax(scores)
    weights = jnp.asarray(drop(weights, seeds, rate) if rate else weights, values.dtype)
    return weighted_sums(weights, values).transpose(0, 2, 1, 3)


def _on_mesh(kernel):
    """Runs a kernel on each device's streams and heads, since XLA cannot partition a kernel."""
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

"""Cross-entropy with a softmax over a large vocabulary, without materialising all scores.

The kernels are in `softmax_kernel.py`; this module partitions them over a mesh and differentiates
them.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float, Int

from mlm_xling.model.kernels import divides
from mlm_xling.model.placement import PARTS, STREAMS
from mlm_xling.model.softmax_kernel import BLOCK, slopes, sums

Hidden = Float[Array, "group target embed"]
Table = Float[Array, "owner row embed"]
Bias = Float[Array, "owner row"]
"""Minus infinity for rows that cannot be predicted."""
Targets = Int[Array, "group target"]
Nats = Float[Array, "group target"]
_MAX_HIDDEN = 9 * 2**19
"""Size of a group's hidden states that fit on a chip, beside their gradients in float32."""
_GROUPS = PartitionSpec(STREAMS)


def fits(hidden: Hidden, rows: int) -> bool:
    """Returns whether `fused_cross_entropy` supports these shapes on the current mesh."""
    groups, targets, width = hidden.shape
    return divides(groups, rows) and (targets + BLOCK) * width <= _MAX_HIDDEN


@functools.partial(jax.custom_vjp, nondiff_argnums=(4,))
def fused_cross_entropy(
    hidden: Hidden, table: Table, bias: Bias, targets: Targets, interpret: bool = False
) -> Nats:
    """Returns `-log softmax(table @ hidden + bias)` of each target, in nats and float32.

    Table and bias have one owner for all groups, or one per group.
    """
    return _forward(hidden, table, bias, targets, interpret)[0]


def _forward(hidden, table, bias, targets, interpret):
    def on_device(hidden, table, bias, targets):
        count = targets.shape[1]
        filled, columns = _filled(hidden), _column(_own_rows(targets, table))
        found = sums(filled, table, bias[:, None], columns, interpret)
        maximum, total, own = (sum_[:, :count, 0] for sum_ in found)
        highest = lax.pmax(maximum, PARTS)
        normaliser = highest + jnp.log(lax.psum(total * jnp.exp(maximum - highest), PARTS))
        return normaliser - lax.psum(own, PARTS), normaliser

    owned = _owned(table), _owned(bias)
    divided = _divided(on_device, (_GROUPS, *owned, _GROUPS), (_GROUPS, _GROUPS))
    nats, normaliser = divided(hidden, table, bias, targets)
    return nats, (hidden, table, bias, targets, normaliser)


def _backward(interpret, kept, cotangent):
    def on_device(hidden, table, bias, targets, normaliser, cotangent):
        columns = (_column(x) for x in (_own_rows(targets, table), normaliser, cotangent))
        found = slopes(_filled(hidden), table, bias[:, None], *columns, interpret=interpret)
        by_hidden, by_table, by_bias = found
        by_hidden = lax.psum(by_hidden[:, : targets.shape[1]], PARTS)
        by_table, by_bias = (
            lax.psum(by_group.sum(0, keepdims=True), STREAMS) if shared else by_group
            for by_group, shared in ((by_table, one_table), (by_bias[:, 0], one_bias))
        )
        return by_hidden.astype(hidden.dtype), by_table, by_bias

    _, table, bias, *_ = kept
    one_table, one_bias = table.shape[0] == 1, bias.shape[0] == 1
    owned = _owned(table), _owned(bias)
    operands = _GROUPS, *owned, _GROUPS, _GROUPS, _GROUPS
    slopes_of = _divided(on_device, operands, (_GROUPS, *owned))(*kept, cotangent)
    return *(by.astype(of.dtype) for by, of in zip(slopes_of, kept, strict=False)), None


fused_cross_entropy.defvjp(_forward, _backward)


def _divided(function, operands, results):
    """Runs a function on each device's groups and vocabulary rows."""
    return jax.shard_map(function, in_specs=operands, out_specs=results, check_vma=False)


def _owned(array: Array) -> PartitionSpec:
    return PartitionSpec(STREAMS if array.shape[0] > 1 else None, PARTS)


def _own_rows(targets: Targets, table: Table) -> Targets:
    """Returns targets relative to the first row of this device; -1 for those of other devices."""
    rows = table.shape[1]
    own = targets - lax.axis_index(PARTS) * rows
    return jnp.where((own >= 0) & (own < rows), own, -1)


def _filled(array: Array) -> Array:
    """Pads the targets to whole blocks."""
    filling = (0, -array.shape[1] % BLOCK)
    return jnp.pad(array, ((0, 0), filling, *((0, 0) for _ in array.shape[2:])))


def _column(array: Array) -> Array:
    return _filled(array)[..., None]

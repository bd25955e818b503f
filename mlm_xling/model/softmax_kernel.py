"""Cross-entropy with a softmax over a large vocabulary as TPU kernels, forward and backward.

The vocabulary is streamed in blocks. The scores of a block never leave the chip: the forward pass
keeps the maximum and the sum of each target's exponentials, the backward pass recomputes them.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jaxtyping import Array, Float, Int

from mlm_xling.model.functions import LOWEST
from mlm_xling.model.kernels import cost, grid_order, product

BLOCK = 512
"""Number of vocabulary rows, and of targets, scored at once."""

Hidden = Float[Array, "group target embed"]
Table = Float[Array, "owner row embed"]
"""Output embeddings of one owner for all groups, or of one owner per group."""
Bias = Float[Array, "owner 1 row"]
Targets = Int[Array, "group target 1"]
Column = Float[Array, "group target 1"]


class Sums(NamedTuple):
    """Per target, the sum of exponentials over all rows and the score of the target's own row."""

    maximum: Column
    total: Column
    """Sum of `exp(score - maximum)` over the rows of the table."""
    own: Column
    """Score of the target's own row; 0 if the target is not a row of the table."""


@functools.partial(jax.jit, static_argnames="interpret")
def sums(
    hidden: Hidden, table: Table, bias: Bias, targets: Targets, interpret: bool = False
) -> Sums:
    """Computes scores of all rows; the number of targets must be divisible by `BLOCK`.

    Args:
      interpret: whether to run as a plain program, on any device.
    """
    grid = _Grid(hidden, table)
    column = jax.ShapeDtypeStruct(targets.shape, jnp.float32)
    operands = hidden, table, bias, targets
    return Sums(
        *pl.pallas_call(
            functools.partial(_sums, rows=table.shape[1]),
            grid=grid.steps,
            in_specs=[grid.of_group(hidden), grid.of_table(table), grid.of_row(bias),
                      grid.of_group(targets)],
            out_specs=[grid.of_group(column)] * 3,
            out_shape=[column] * 3,
            interpret=interpret,
            cost_estimate=cost(grid.flops, grid.scores, (*operands, *grid.again, *[column] * 3)),
            compiler_params=grid_order("parallel", "arbitrary"),
        )(*operands)
    )  # fmt: skip


@functools.partial(jax.jit, static_argnames="interpret")
def slopes(
    hidden: Hidden,
    table: Table,
    bias: Bias,
    targets: Targets,
    normaliser: Column,
    cotangent: Column,
    interpret: bool = False,
) -> tuple[Hidden, Float[Array, "group row embed"], Float[Array, "group 1 row"]]:
    """Returns the gradients of hidden states, table and bias, the latter two per group.

    Args:
      normaliser: log of the sum of the exponentials.
      cotangent: the gradient of the cross-entropies.
    """
    grid = _Grid(hidden, table)
    groups, rows = hidden.shape[0], table.shape[1]
    by_hidden = jax.ShapeDtypeStruct(hidden.shape, jnp.float32)
    by_table = jax.ShapeDtypeStruct((groups, *table.shape[1:]), hidden.dtype)
    by_bias = jax.ShapeDtypeStruct((groups, 1, rows), jnp.float32)
    operands = hidden, table, bias, targets, normaliser, cotangent
    results = by_hidden, by_table, by_bias
    return pl.pallas_call(
        functools.partial(_slopes, rows=rows),
        grid=grid.steps,
        in_specs=[grid.of_group(hidden), grid.of_table(table), grid.of_row(bias),
                  *[grid.of_group(column) for column in operands[3:]]],
        out_specs=[grid.of_group(by_hidden), grid.of_table(by_table), grid.of_row(by_bias)],
        out_shape=list(results),
        interpret=interpret,
        cost_estimate=cost(3 * grid.flops, grid.scores, (*operands, *grid.again, *results)),
        compiler_params=grid_order("parallel", "arbitrary"),
    )(*operands)  # fmt: skip


class _Grid:
    """Grid of a kernel, one step per group and vocabulary block, and the blocks of each step."""

    def __init__(self, hidden: Hidden, table: Table):
        groups, targets, width = hidden.shape
        rows = table.shape[1]
        self.steps = groups, pl.cdiv(rows, BLOCK)
        self.scores = groups * targets * rows
        self.flops = 2 * self.scores * width
        self.again = [table] * (groups // table.shape[0] - 1)
        """A table common to all groups is streamed once per group."""

    def of_group(self, array: Any) -> pl.BlockSpec:
        """Returns the spec of all of a group's data."""
        return pl.BlockSpec((1, *array.shape[1:]), lambda group, block: (group, 0, 0))

    def of_table(self, array: Any) -> pl.BlockSpec:
        """Returns the spec of a block of rows."""
        many = array.shape[0] > 1
        return pl.BlockSpec(
            (1, BLOCK, array.shape[2]), lambda group, block: (group if many else 0, block, 0)
        )

    def of_row(self, array: Any) -> pl.BlockSpec:
        """Returns the spec of one number per row of a block."""
        many = array.shape[0] > 1
        return pl.BlockSpec((1, 1, BLOCK), lambda group, block: (group if many else 0, 0, block))


class _Block:
    """A vocabulary block; rows beyond the end of the vocabulary are masked out."""

    def __init__(self, table: Any, bias: Any, rows: int, dtype: Any):
        start = pl.program_id(1) * BLOCK
        inside = jax.lax.broadcasted_iota(jnp.int32, (BLOCK, 1), 0) + start < rows
        self.table = jnp.where(inside, table[0], 0).astype(dtype)
        self.row = jax.lax.broadcasted_iota(jnp.int32, (1, BLOCK), 1) + start
        self.bias = jnp.where(self.row < rows, bias[0], -jnp.inf)

    def scores(self, hidden: Array) -> Array:
        return product(hidden, self.table, (1, 1)) + self.bias


def _sums(hidden, table, bias, targets, maximum, total, own, *, rows: int) -> None:
    @pl.when(pl.program_id(1) == 0)
    def _():
        maximum[...] = jnp.full(maximum.shape, LOWEST, jnp.float32)
        total[...] = jnp.zeros(total.shape, jnp.float32)
        own[...] = jnp.zeros(own.shape, jnp.float32)

    block = _Block(table, bias, rows, hidden.dtype)

    def add(i, _):
        part = 0, pl.ds(i * BLOCK, BLOCK), slice(None)
        scores, before = block.scores(hidden[part]), maximum[part]
        after = jnp.maximum(before, scores.max(-1, keepdims=True))
        added = jnp.exp(scores - after).sum(-1, keepdims=True)
        total[part] = total[part] * jnp.exp(before - after) + added
        maximum[part] = after
        own[part] += jnp.where(block.row == targets[part], scores, 0).sum(-1, keepdims=True)

    jax.lax.fori_loop(0, hidden.shape[1] // BLOCK, add, None)


def _slopes(
    hidden, table, bias, targets, normaliser, cotangent, by_hidden, by_table, by_bias, *, rows: int
) -> None:
    @pl.when(pl.program_id(1) == 0)
    def _():
        by_hidden[...] = jnp.zeros(by_hidden.shape, jnp.float32)

    block = _Block(table, bias, rows, hidden.dtype)

    def add(i, so_far):
        part = 0, pl.ds(i * BLOCK, BLOCK), slice(None)
        softmax = jnp.exp(block.scores(hidden[part]) - normaliser[part])
        by_score = cotangent[part] * (softmax - (block.row == targets[part]))
        rounded = by_score.astype(hidden.dtype)
        by_hidden[part] += product(rounded, block.table)
        of_table, of_bias = so_far
        return (
            of_table + product(rounded, hidden[part], (0, 0)),
            of_bias + by_score.sum(0, keepdims=True),
        )

    nothing = jnp.zeros(block.table.shape, jnp.float32), jnp.zeros(block.bias.shape, jnp.float32)
    of_table, of_bias = jax.lax.fori_loop(0, hidden.shape[1] // BLOCK, add, nothing)
    by_table[0] = of_table.astype(by_table.dtype)
    by_bias[0] = of_bias

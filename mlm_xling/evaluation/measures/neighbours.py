"""Nearest neighbours by blocked matrix products, without a queries x keys matrix."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, Int32

Queries = Float[np.ndarray, "query embed"]
Keys = Float[np.ndarray, "key embed"]
QUERY_BLOCK, KEY_BLOCK = 1024, 8192
"""A block of similarities takes 32 MiB."""
SHORTEST_BLOCK = 128
"""Smaller blocks of queries are padded, so that few shapes are compiled."""
_STRIDE = 32
"""Number of keys represented by their maximum in the first pass over a block."""


class Neighbours(NamedTuple):
    """The best keys of each query, best first."""

    index: Int32[np.ndarray, "query top"]
    score: Float32[np.ndarray, "query top"]


def nearest(
    queries: Queries,
    keys: Keys,
    top: int,
    penalty: Float[np.ndarray, " key"] | None = None,
) -> Neighbours:
    """Returns the `top` keys of each query by `query . key - penalty`; all keys if fewer.

    With rows of unit length this is the cosine. Memory beyond the rows themselves is bounded by the
    blocks, for any number of queries and keys.
    """
    top = min(top, len(keys))
    blocks, offsets = _blocked_keys(keys, penalty, top)
    index = np.empty((len(queries), top), np.int32)
    score = np.empty((len(queries), top), np.float32)
    for start in range(0, len(queries), QUERY_BLOCK):
        chosen = queries[start : start + QUERY_BLOCK].astype(np.float32)
        rows = slice(start, start + len(chosen))
        size = min(QUERY_BLOCK, max(SHORTEST_BLOCK, _padded(len(queries))))
        block = np.zeros((size, chosen.shape[1]), np.float32)
        block[: len(chosen)] = chosen
        best_score, best_index = _search(block, blocks, offsets, top)
        score[rows] = np.asarray(best_score)[: len(chosen)]
        index[rows] = np.asarray(best_index)[: len(chosen)]
    return Neighbours(index, score)


def mean_similarity(
    queries: Queries, keys: Keys, k: int, penalty: Float[np.ndarray, " key"] | None = None
) -> Float32[np.ndarray, " query"]:
    """Returns the mean product, minus penalty, of the `k` best keys.

    This is r of CSLS (docs/method.md section 6)."""
    return nearest(queries, keys, k, penalty).score.mean(axis=1)


def _padded(rows: int) -> int:
    """Returns the next power of two, at least 8."""
    return 1 << max(rows - 1, 7).bit_length()


def _blocked_keys(
    keys: Keys, penalty: Float[np.ndarray, " key"] | None, top: int
) -> tuple[Float[Array, "block slot embed"], Float[Array, "block slot"]]:
    """Splits keys into blocks of one size; padding in the last one has infinite penalty."""
    size = max(min(KEY_BLOCK, _padded(len(keys))), _STRIDE * _padded(top))
    count = -(-len(keys) // size)
    padded = np.zeros((count * size, keys.shape[1]), np.float32)
    padded[: len(keys)] = keys
    offsets = np.full(count * size, np.inf, np.float32)
    offsets[: len(keys)] = 0 if penalty is None else penalty
    return jnp.asarray(padded.reshape(count, size, -1)), jnp.asarray(offsets.reshape(count, size))


@partial(jax.jit, static_argnames="top")
def _search(
    queries: Float[Array, "query embed"],
    blocks: Float[Array, "block key embed"],
    offsets: Float[Array, "block key"],
    top: int,
) -> tuple[Float[Array, "query top"], Int[Array, "query top"]]:
    """Scans over the blocks, keeping the best so far."""

    def step(best, block):
        number, keys, penalty = block
        # Accelerators would round rows to bfloat16 or TF32, which reorders near neighbours.
        scores = jnp.matmul(queries, keys.T, precision=jax.lax.Precision.HIGHEST) - penalty
        new_scores, new_index = _top_of_block(scores, top)
        merged_scores = jnp.concatenate([best[0], new_scores], axis=1)
        merged_index = jnp.concatenate([best[1], new_index + number * keys.shape[0]], axis=1)
        merged_scores, order = jax.lax.top_k(merged_scores, top)
        return (merged_scores, jnp.take_along_axis(merged_index, order, axis=1)), None

    start = (
        jnp.full((queries.shape[0], top), -jnp.inf, jnp.float32),
        jnp.zeros((queries.shape[0], top), jnp.int32),
    )
    numbers = jnp.arange(blocks.shape[0], dtype=jnp.int32)
    return jax.lax.scan(step, start, (numbers, blocks, offsets))[0]


def _top_of_block(
    scores: Float[Array, "query key"], top: int
) -> tuple[Float[Array, "query top"], Int[Array, "query top"]]:
    """Returns the best of a block, exactly, without sorting it.

    Every `width`-th key forms a column; a column that holds one of the best `top` keys is one of
    the `top` columns with the best maximum, so only those are searched. The maximum takes one pass
    over the block, while sorting would take many.
    """
    rows, keys = scores.shape
    width = keys // _STRIDE
    folded = scores.reshape(rows, _STRIDE, width)
    _, columns = jax.lax.top_k(folded.max(axis=1), top)
    candidates = jnp.take_along_axis(folded, columns[:, None, :], axis=2).reshape(rows, -1)
    best, place = jax.lax.top_k(candidates, top)
    stripe, column = place // top, place % top
    return best, stripe * width + jnp.take_along_axis(columns, column, axis=1)

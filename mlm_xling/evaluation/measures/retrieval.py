"""Translation retrieval: whether the nearest sentence in the other language is the translation."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.evaluation.measures.centring import directions, half_squares

Rows = Float[np.ndarray, "sentence embed"]
FitRows = Float[np.ndarray, "fit_sentence embed"]
TIE = 1e-6
"""Cosines closer than this are equal, as encoding a sentence in two batches differs as much. If all
vectors point the same way, it is relative to what distinguishes them."""
BLOCK = 1 << 24
"""Number of similarities held at a time: 64 MiB in float32."""
CURVE = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Hits(NamedTuple):
    """For each sentence pair, whether retrieval found the translation."""

    forward: Bool[np.ndarray, " sentence"]
    """Source sentences are queries, target sentences are candidates."""
    backward: Bool[np.ndarray, " sentence"]


def retrieve(x: Rows, y: Rows, block: int = BLOCK) -> Hits:
    """Retrieves by cosine in both directions; row i of `x` and row i of `y` are translations.

    See `strict_hits` for what counts as a hit.
    """
    x, y = directions(x, y)
    own_x, own_y = half_squares(x), half_squares(y)
    tie = TIE * float(own_x.mean() + own_y.mean())
    gold = np.einsum("se,se->s", x, y) - own_x - own_y
    return strict_hits(lambda rows: x[rows] @ y.T - own_x[rows, None] - own_y, gold, tie, block)


def strict_hits(
    similar_to_all: Callable[[slice], Float[np.ndarray, "row sentence"]],
    gold: Float[np.ndarray, " sentence"],
    tie: float,
    block: int,
) -> Hits:
    """Returns which pairs' sides are closer to each other than to every other candidate.

    They must be closer by more than `tie`: with an equally close duplicate, the translation would
    be found by luck, which does not count. The n x n similarities are computed in blocks of rows,
    once for both directions.

    Args:
      similar_to_all: returns the similarities of some source sentences to all target sentences.
      gold: the similarities of the pairs.
      block: maximum number of similarities to hold at a time, or those of one row.
    """
    count = max(1, block // len(gold))
    best_of_row = np.empty(len(gold))
    best_of_column = np.full(len(gold), -np.inf)
    for start in range(0, len(gold), count):
        rows = slice(start, start + count)
        similar = similar_to_all(rows)
        own = np.arange(len(similar))
        similar[own, start + own] = -np.inf
        best_of_row[rows] = similar.max(axis=1)
        np.maximum(best_of_column, similar.max(axis=0), out=best_of_column)
    return Hits(gold > best_of_row + tie, gold > best_of_column + tie)


def less_mean_of(rows: Rows, fit_rows: FitRows) -> Rows:
    """Subtracts a language's mean, estimated on the fit split so that test rows stay unseen."""
    return rows - fit_rows.mean(axis=0, dtype=np.float64)


def curve_sizes(rows: int) -> list[int]:
    """Returns the numbers of fit pairs of the learning curve of maps, up to all `rows`."""
    return [size for size in CURVE if size <= rows]

"""Translation retrieval: is the nearest sentence of the other language the translation?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.evaluation.measures.centring import directions, half_squares

Rows = Float[np.ndarray, "sentence embed"]
FitRows = Float[np.ndarray, "fit_sentence embed"]
TIE = 1e-6
"""Cosines closer than this are equal: the same sentence encoded in two batches differs as much.
Where all vectors point the same way, it is this share of what distinguishes them."""
BLOCK = 1 << 24
"""Similarities held at a time: 64 MiB in float32."""
CURVE = (100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Hits(NamedTuple):
    """For each sentence pair, whether retrieval found the translation."""

    forward: Bool[np.ndarray, " sentence"]
    """A source sentence asks, target sentences answer."""
    backward: Bool[np.ndarray, " sentence"]


def retrieve(x: Rows, y: Rows, block: int = BLOCK) -> Hits:
    """Retrieves by cosine in both directions; row i of `x` and row i of `y` are translations.

    What is a hit is told by `strict_hits`.
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
    """Finds the pairs whose sides are closer to each other than to every other candidate.

    Closer by more than `tie`: where a duplicate is as close, the translation would be found by
    luck, which is not counted. The n x n similarities are made some rows at a time, once for both
    directions.

    Args:
      similar_to_all: gives the similarities of some source sentences to all target sentences.
      gold: those of the pairs.
      block: the most similarities that are held at a time, or those of one row.
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
    """Removes a language's mean, estimated on the fit split so that test rows stay unseen."""
    return rows - fit_rows.mean(axis=0, dtype=np.float64)


def curve_sizes(rows: int) -> list[int]:
    """Chooses the numbers of pairs at which the map's need of data is traced, up to all `rows`."""
    return [size for size in CURVE if size <= rows]

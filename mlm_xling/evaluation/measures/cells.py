"""Approximate nearest neighbours, searched only in the cells closest to a query.

An inverted file (Sivic and Zisserman, Video Google, ICCV 2003): keys are assigned to the nearest of
some centres, and a query is compared with the keys of a few cells. It may miss a neighbour, so mean
similarities found this way are lower bounds, mostly tight ones.
"""

import numpy as np
from jaxtyping import Float, Float32

from mlm_xling.evaluation.measures.neighbours import nearest
from mlm_xling.evaluation.measures.procrustes import unit

Queries = Float[np.ndarray, "query embed"]
Keys = Float[np.ndarray, "key embed"]
LOOKED_INTO = 4
"""Number of cells searched for each query."""
_ROUNDS = 4
_SAMPLED = 40
"""Mean number of keys on which a centre is fitted."""


def bounded_similarity(
    queries: Queries, keys: Keys, k: int, penalty: Float[np.ndarray, " key"] | None = None
) -> Float32[np.ndarray, " query"]:
    """Returns a lower bound on each query's mean `query . key - penalty` over its `k` best keys.

    If a query's cells hold fewer than `k` keys, the bound is one that every key meets.
    Deterministic.
    """
    penalty = np.zeros(len(keys), np.float32) if penalty is None else penalty
    longest = np.linalg.norm(keys, axis=1).max()
    lowest = -longest * np.linalg.norm(queries, axis=1) - penalty.max()
    centres = _centres(keys)
    cell_of_key = nearest(keys, centres, 1).index[:, 0]
    cells_of_query = nearest(queries, centres, LOOKED_INTO).index
    best = np.full((len(queries), k), -np.inf, np.float32)
    for cell in range(len(centres)):
        asking = np.flatnonzero((cells_of_query == cell).any(axis=1))
        members = np.flatnonzero(cell_of_key == cell)
        if len(asking) and len(members):
            found = nearest(queries[asking], keys[members], k, penalty[members]).score
            best[asking] = np.partition(np.hstack([best[asking], found]), -k, axis=1)[:, -k:]
    return np.maximum(best.mean(axis=1), lowest.astype(np.float32))


def _centres(keys: Keys) -> Float[np.ndarray, "centre embed"]:
    """Fits as many centres as the square root of the number of keys, by k-means on a sample."""
    random = np.random.default_rng(0)
    count = max(1, round(len(keys) ** 0.5))
    sample = keys[random.choice(len(keys), min(len(keys), _SAMPLED * count), replace=False)]
    centres = sample[:count]
    for _ in range(_ROUNDS):
        cells = nearest(sample, centres, 1).index[:, 0]
        sums = np.zeros_like(centres)
        np.add.at(sums, cells, sample)
        empty = ~sums.any(axis=1)
        sums[empty] = centres[empty]
        centres = unit(sums)
    return centres

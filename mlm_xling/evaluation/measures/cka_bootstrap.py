"""Bootstrap standard errors of CKA, from many resamples at once.

A resample is represented by the count of each item, so that its Gram matrices are weighted ones of
all items. Sums over pairs of items are matrix products for all resamples together, O(n^2) each;
with many more items than dimensions they are computed from features, O(n d^2).
"""

import numpy as np
from jaxtyping import Float64

from mlm_xling.evaluation.measures.centring import centred
from mlm_xling.evaluation.measures.cka import OtherRows, Rows, ratio, unbiased_hsic

Counts = Float64[np.ndarray, "item resample"]
PerResample = Float64[np.ndarray, " resample"]
Products = Float64[np.ndarray, "pair_of_sides resample"]
PAIRS = (0, 1), (0, 0), (1, 1)
"""Sides of the cross term, and of each side's own term."""
BLOCK = 1 << 22
"""Maximum size of a table in memory: of Gram matrices, and of items by resamples."""


def standard_errors(x: Rows, y: OtherRows, seed: int, resamples: int) -> tuple[float, float]:
    """Bootstraps the standard errors of `linear_cka` and `debiased_cka` over items.

    Only the spread of the resampled values is used. NaN without resamples.
    """
    if resamples < 2:
        return float("nan"), float("nan")
    random, values = np.random.default_rng(seed), []
    step = max(1, BLOCK // len(x))
    for start in range(0, resamples, step):
        drawn = random.integers(len(x), size=(min(step, resamples - start), len(x)))
        counts = np.stack([np.bincount(items, minlength=len(x)) for items in drawn], axis=1)
        values.append(resampled_cka(x, y, counts.astype(np.float64)))
    plain, debiased = np.std(np.concatenate(values, axis=1), axis=1, ddof=1)
    return float(plain), float(debiased)


def resampled_cka(x: Rows, y: OtherRows, counts: Counts) -> tuple[PerResample, PerResample]:
    """Computes `linear_cka` and `debiased_cka` of weighted items.

    The latter leaves out all pairs of an item with itself, also of one that is drawn twice. Counted
    as pairs of different items, these would make intervals three times too wide near 0.

    Args:
      counts: count of each item in each resample; each column sums to the number of items.
    """
    x, y = centred(x), centred(y)
    n, sides = len(x), (x, y)
    means = [side @ (side.T @ counts) / n for side in sides]  # of each row of K, of each row of L
    totals = [np.einsum("ir,ir->r", counts, mean) / n for mean in means]
    diagonals = [
        np.square(side).sum(axis=1)[:, None] - 2 * mean + total
        for side, mean, total in zip(sides, means, totals, strict=True)
    ]
    of_features = n * 5 > x.shape[1] * y.shape[1] * 3  # compares the number of multiplications
    products = (_from_features if of_features else _from_grams)(x, y, counts)
    crosses, unbiased = [], []
    for product, (a, b) in zip(products, PAIRS, strict=True):
        of_means = np.einsum("ir,ir,ir->r", counts, means[a], means[b])
        crosses.append(product - 2 * n * of_means + n * n * totals[a] * totals[b])
        own, both = counts**2, diagonals[a] * diagonals[b]
        product = crosses[-1] - np.einsum("ir,ir->r", own, both)
        rows = np.einsum("ir,ir,ir->r", own, counts, both)
        k, l = (np.einsum("ir,ir->r", own, diagonals[side]) for side in (a, b))  # noqa: E741
        unbiased.append(unbiased_hsic(n, product, rows, k, l))
    return ratio(*crosses), ratio(*unbiased)


def _from_grams(x: Rows, y: OtherRows, counts: Counts) -> Products:
    """Sums `K * L` over pairs of items, weighted by the counts of both in a resample."""
    sides, products = (x, y), np.zeros((len(PAIRS), counts.shape[1]))
    step = max(1, BLOCK // len(x))
    for start in range(0, len(x), step):
        block = slice(start, start + step)
        grams = [side[block] @ side.T for side in sides]
        for row, (a, b) in zip(products, PAIRS, strict=True):
            row += np.einsum("ir,ir->r", counts[block], (grams[a] * grams[b]) @ counts)
    return products


def _from_features(x: Rows, y: OtherRows, counts: Counts) -> Products:
    """Computes the same as `|X'WY|_F^2`, where W is the diagonal matrix of a resample's counts."""
    sides = (x, y)
    return np.array(
        [
            [np.square((sides[a] * drawn[:, None]).T @ sides[b]).sum() for drawn in counts.T]
            for a, b in PAIRS
        ]
    )

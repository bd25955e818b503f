"""How far CKA varies over samples of items, from all resamples at once.

A resample is given by how often it has each item, so that its Gram matrices are those of all items,
weighted: every sum over pairs of items is a matrix product for all resamples together, O(n^2) each
where features would take O(n d^2). Gram matrices are made by blocks of rows.
"""

import numpy as np
from jaxtyping import Float64

from mlm_xling.evaluation.measures.centring import centred
from mlm_xling.evaluation.measures.cka import OtherRows, Rows, unbiased_hsic

Counts = Float64[np.ndarray, "item resample"]
PerResample = Float64[np.ndarray, " resample"]
BLOCK = 1024
"""Rows of the Gram matrices that are in memory."""


def standard_errors(x: Rows, y: OtherRows, seed: int, resamples: int) -> tuple[float, float]:
    """Bootstraps the standard errors of `linear_cka` and `debiased_cka` over the items.

    Only the spread of the resampled values is used, not their level: an item drawn twice is its
    own neighbour, which pushes every resampled value up. Without resamples they are nan.
    """
    if resamples < 2:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).integers(len(x), size=(resamples, len(x)))
    counts = np.stack([np.bincount(items, minlength=len(x)) for items in drawn], axis=1)
    plain, debiased = resampled_cka(x, y, counts.astype(np.float64))
    return float(np.std(plain, ddof=1)), float(np.std(debiased, ddof=1))


def resampled_cka(x: Rows, y: OtherRows, counts: Counts) -> tuple[PerResample, PerResample]:
    """Measures `linear_cka` and `debiased_cka` of items that are there several times or never.

    Args:
      counts: how often each resample has an item; each column sums to the number of items.
    """
    x, y = centred(x), centred(y)
    n, sides, pairs = len(x), (x, y), ((0, 1), (0, 0), (1, 1))
    means = [side @ (side.T @ counts) / n for side in sides]  # of each row of K, of each row of L
    products = np.zeros((len(pairs), counts.shape[1]))
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        grams = [side[block] @ side.T for side in sides]
        for row, (a, b) in zip(products, pairs, strict=True):
            row += np.einsum("ir,ir->r", counts[block], (grams[a] * grams[b]) @ counts)
    totals = [np.einsum("ir,ir->r", counts, mean) / n for mean in means]
    diagonals = [
        np.square(side).sum(axis=1)[:, None] - 2 * mean + total
        for side, mean, total in zip(sides, means, totals, strict=True)
    ]
    crosses, unbiased = [], []
    for product, (a, b) in zip(products, pairs, strict=True):
        of_means = np.einsum("ir,ir,ir->r", counts, means[a], means[b])
        crosses.append(product - 2 * n * of_means + n * n * totals[a] * totals[b])
        k_l = np.einsum("ir,ir,ir->r", counts, diagonals[a], diagonals[b])
        k, l = (np.einsum("ir,ir->r", counts, diagonals[side]) for side in (a, b))  # noqa: E741
        unbiased.append(unbiased_hsic(n, crosses[-1], k_l, k, l))
    return _ratios(*crosses), _ratios(*unbiased)


def _ratios(cross: PerResample, own_x: PerResample, own_y: PerResample) -> PerResample:
    """`cross / sqrt(own_x own_y)`, or 0 where one side does not vary."""
    varies = (own_x > 0) & (own_y > 0)
    lengths = np.sqrt(np.where(varies, own_x, 1)) * np.sqrt(np.where(varies, own_y, 1))
    return np.where(varies, cross / lengths, 0)

"""Linear centred kernel alignment of two sets of representations of the same items.

All computations are in feature form, O(n d^2), without n x n matrices. Sums are in float64.
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from mlm_xling.evaluation.measures.centring import centred

Rows = Float[np.ndarray, "sentence embed"]
OtherRows = Float[np.ndarray, "sentence other_embed"]
Number = float | Float[np.ndarray, " resample"]


def linear_cka(x: Rows, y: OtherRows) -> float:
    """Computes `|Y'X|_F^2 / (|X'X|_F |Y'Y|_F)` of the centred columns, in [0, 1].

    Biased upward unless n is much larger than the width: always compare with `debiased_cka` and
    `permuted_cka`. Constant representations give 0.

    Source: Kornblith et al., Similarity of neural network representations revisited, 2019;
    docs/method.md section 6.
    """
    x, y = centred(x), centred(y)
    return float(ratio(_cross(x, y), _cross(x, x), _cross(y, y)))


def debiased_cka(x: Rows, y: OtherRows) -> float:
    """Computes CKA with the unbiased HSIC estimate in place of each of its three terms.

    Near 0 for independent data regardless of width, so it may be slightly negative; 1 for equal
    data. Constant representations give 0.

    Raises:
      ValueError: there are fewer than four items, for which the estimate is undefined.

    Source: Song et al., Feature selection via dependence maximization, JMLR 2012, equation 5;
    Nguyen, Raghu, Kornblith, Do wide and deep networks learn the same things?, ICLR 2021.
    """
    return float(ratio(hsic(x, y), hsic(x, x), hsic(y, y)))


def debiased_cka_of_all(
    xs: Float[np.ndarray, "layer sentence embed"],
    ys: Float[np.ndarray, "other_layer sentence other_embed"],
) -> Float[np.ndarray, "layer other_layer"]:
    """Computes `debiased_cka` of each layer with each layer of another encoder.

    Terms that depend on one side alone are computed once.
    """
    own_x, own_y = ([hsic(rows, rows) for rows in side] for side in (xs, ys))
    return np.array(
        [
            [ratio(hsic(x, y), of_x, of_y) for y, of_y in zip(ys, own_y, strict=True)]
            for x, of_x in zip(xs, own_x, strict=True)
        ]
    )


def permuted_cka(x: Rows, y: OtherRows, seed: int, permutations: int = 10) -> float:
    """Computes `linear_cka` of randomly permuted pairs: the mean over seeded permutations."""
    x, y = centred(x), centred(y)
    random = np.random.default_rng(seed)
    crosses = [_cross(x, y[random.permutation(len(y))]) for _ in range(permutations)]
    return float(ratio(float(np.mean(crosses)), _cross(x, x), _cross(y, y)))


def _cross(x: Rows, y: OtherRows) -> float:
    """Returns `|Y'X|_F^2`, which is tr(KL) for the linear kernels K = XX' and L = YY'."""
    return float(np.square(y.T @ x).sum())


def hsic(x: Rows, y: OtherRows) -> float:
    """Returns the unbiased HSIC estimate with linear kernels, `|Cov(x, y)|_F^2`.

    Raises:
      ValueError: there are fewer than four items, for which it is undefined.
    """
    if len(x) < 4:
        raise ValueError(f"debiased CKA needs at least 4 items, got {len(x)}")
    x, y = centred(x), centred(y)
    k, l = np.square(x).sum(axis=1), np.square(y).sum(axis=1)  # noqa: E741
    # Rows of K and L sum to zero, so without its diagonal K sums to `-k`, and 1'KL1 is `k @ l`.
    return float(unbiased_hsic(len(x), _cross(x, y) - k @ l, k @ l, k.sum(), l.sum()))


def unbiased_hsic(n: int, product: Number, rows: Number, k: Number, l: Number) -> Number:  # noqa: E741
    """Returns Song et al.'s estimate from sums over K and L of n items, with zeroed diagonals.

    Args:
      product: tr(KL).
      rows: 1'KL1.
      k: 1'K1 or its negative, as `l` is of L.
    """
    return (product + k * l / ((n - 1) * (n - 2)) - 2 / (n - 2) * rows) / (n * (n - 3))


def ratio(cross: Number, own_x: Number, own_y: Number) -> Any:
    """Returns `cross / sqrt(own_x own_y)`, or 0 if one side is constant; elementwise."""
    varies = np.logical_and(np.greater(own_x, 0), np.greater(own_y, 0))
    lengths = np.sqrt(np.where(varies, own_x, 1)) * np.sqrt(np.where(varies, own_y, 1))
    return np.where(varies, cross / lengths, 0.0)[()]

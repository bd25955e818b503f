"""Linear centred kernel alignment of two sets of representations of the same items.

Everything is in feature form, O(n d^2): no n x n matrix is made. Sums are in float64.
"""

import numpy as np
from jaxtyping import Float

from mlm_xling.evaluation.measures.centring import centred

Rows = Float[np.ndarray, "sentence embed"]
OtherRows = Float[np.ndarray, "sentence other_embed"]


def linear_cka(x: Rows, y: OtherRows) -> float:
    """Measures `|Y'X|_F^2 / (|X'X|_F |Y'Y|_F)` of the centred columns, in [0, 1].

    Biased upward unless n is much larger than the width: always read it beside `debiased_cka`
    and `permuted_cka`. Constant representations give 0.

    Source: Kornblith et al., Similarity of neural network representations revisited, 2019;
    docs/method.md section 6.
    """
    x, y = centred(x), centred(y)
    return _ratio(_cross(x, y), _cross(x, x), _cross(y, y))


def debiased_cka(x: Rows, y: OtherRows) -> float:
    """Measures CKA with the unbiased estimate of HSIC in place of each of its three terms.

    Near 0 for independent data whatever the width, so it may be slightly negative; 1 for equal
    data. Constant representations give 0.

    Raises:
      ValueError: fewer than four items, for which the estimate is not defined.

    Source: Song et al., Feature selection via dependence maximization, JMLR 2012, equation 5;
    Nguyen, Raghu, Kornblith, Do wide and deep networks learn the same things?, ICLR 2021.
    """
    if len(x) < 4:
        raise ValueError(f"debiased CKA needs at least 4 items, got {len(x)}")
    return _both(x, y)[1]


def standard_errors(x: Rows, y: OtherRows, seed: int, resamples: int) -> tuple[float, float]:
    """Bootstraps the standard errors of `linear_cka` and `debiased_cka` over the items.

    Only the spread of the resampled values is used, not their level: an item drawn twice is its
    own neighbour, which pushes every resampled value up. Without resamples they are nan.
    """
    if resamples < 2:
        return float("nan"), float("nan")
    random = np.random.default_rng(seed)
    values = [
        _both(x[drawn], y[drawn]) for drawn in random.integers(len(x), size=(resamples, len(x)))
    ]
    plain, debiased = np.std(values, axis=0, ddof=1)
    return float(plain), float(debiased)


def _both(x: Rows, y: OtherRows) -> tuple[float, float]:
    """`linear_cka` and `debiased_cka` from the same products."""
    x, y = centred(x), centred(y)
    crosses = _cross(x, y), _cross(x, x), _cross(y, y)
    sides = (x, y), (x, x), (y, y)
    unbiased = [_unbiased_hsic(*pair, cross) for pair, cross in zip(sides, crosses, strict=True)]
    return _ratio(*crosses), _ratio(*unbiased)


def permuted_cka(x: Rows, y: OtherRows, seed: int, permutations: int = 10) -> float:
    """Measures `linear_cka` of pairs put together at random: the mean over seeded permutations."""
    x, y = centred(x), centred(y)
    random = np.random.default_rng(seed)
    crosses = [_cross(x, y[random.permutation(len(y))]) for _ in range(permutations)]
    return _ratio(float(np.mean(crosses)), _cross(x, x), _cross(y, y))


def _cross(x: Rows, y: OtherRows) -> float:
    """`|Y'X|_F^2`, which is tr(KL) for the linear kernels K = XX' and L = YY'."""
    return float(np.square(y.T @ x).sum())


def _unbiased_hsic(x: Rows, y: OtherRows, cross: float) -> float:
    """Song et al.'s estimate, for centred columns and their `_cross`.

    It is defined by K and L with zeroed diagonals, k and l. Since the rows of K and L sum to
    zero, tr(KL) without diagonals is `|Y'X|^2 - k.l`, their totals are `-sum(k)` and `-sum(l)`,
    and `1'KL1` is `k.l`.
    """
    n = len(x)
    k, l = np.square(x).sum(axis=1), np.square(y).sum(axis=1)  # noqa: E741
    trace = cross - k @ l
    totals = k.sum() * l.sum() / ((n - 1) * (n - 2))
    return float(trace + totals - 2 / (n - 2) * (k @ l)) / (n * (n - 3))


def _ratio(cross: float, own_x: float, own_y: float) -> float:
    """`cross / sqrt(own_x own_y)`, or 0 where one side does not vary."""
    if own_x <= 0 or own_y <= 0:
        return 0.0
    return cross / (np.sqrt(own_x) * np.sqrt(own_y))

"""95% intervals of shares: counted in a text, and estimated from samples of its strata."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_NORMAL = 1.959964
"""Standard errors to either side of a 95% interval."""
_DRAWS = 10_000


class Estimate(NamedTuple):
    """A number and its 95% interval."""

    value: float
    low: float
    high: float


def wilson(hits: float, n: float) -> Estimate:
    """Gives the share of hits (Wilson, 1927); neither number needs to be whole."""
    if not n:
        return Estimate(0.0, 0.0, 1.0)
    share, spread = hits / n, _NORMAL * _NORMAL / n
    middle = (share + spread / 2) / (1 + spread)
    half = _NORMAL * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # Rounding must not push an end of the interval past the share itself.
    return Estimate(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def stratified(
    hits: Sequence[int], sampled: Sequence[int], sizes: Sequence[int], seed: int = 0
) -> Estimate:
    """Estimates how many of all items are hits from random samples of their strata.

    Each stratum's share has the posterior of Jeffreys' prior, which is sound where all of a sample
    are hits or none is; what was sampled is known, the rest follows the share.

    Args:
      hits: of the sample of each stratum.
      sampled: its size, at least 1.
      sizes: items of each stratum.
    """
    k, n, of = (np.array(numbers, np.float64) for numbers in (hits, sampled, sizes))
    shares = np.random.default_rng(seed).beta(k + 0.5, n - k + 0.5, (_DRAWS, len(k)))
    low, high = np.quantile(k.sum() + shares @ (of - n), (0.025, 0.975))
    value = float((of * k / n).sum())
    return Estimate(value, min(value, float(low)), max(value, float(high)))

"""95% intervals of shares: counted in a text, and estimated from samples of its strata."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlm_xling.wilson import wilson

_DRAWS = 10_000


class Estimate(NamedTuple):
    """A number and its 95% interval."""

    value: float
    low: float
    high: float


def share_of(hits: float, n: float) -> Estimate:
    """Gives the share of hits with Wilson's interval; neither number needs to be whole."""
    return Estimate(hits / n, *wilson(hits / n, n)) if n else Estimate(0.0, 0.0, 1.0)


def stratified(
    hits: Sequence[int], sampled: Sequence[int], sizes: Sequence[int], seed: int = 0
) -> Estimate:
    """Estimates how many of all items are hits from random samples of their strata.

    Each stratum's share has the posterior of Jeffreys' prior, which is sound where all of a sample
    are hits or none is; what was sampled is known, and of the rest each item is a hit with the
    probability of the share.

    Args:
      hits: of the sample of each stratum.
      sampled: its size, at least 1.
      sizes: items of each stratum.
    """
    k, n, of = (np.array(numbers, np.int64) for numbers in (hits, sampled, sizes))
    draw = np.random.default_rng(seed)
    shares = draw.beta(k + 0.5, n - k + 0.5, (_DRAWS, len(k)))
    rest = draw.binomial(of - n, shares)
    low, high = np.quantile(k.sum() + rest.sum(axis=1), (0.025, 0.975))
    value = float((of * k / n).sum())
    return Estimate(value, min(value, float(low)), max(value, float(high)))

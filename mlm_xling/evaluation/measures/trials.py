"""Rows of a study by seed and test item: scores, and their intervals over both."""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from scipy.stats import t

RESAMPLES = 2_000


class Trials(NamedTuple):
    """Several trainings of one row, all tested on the same items.

    A training's score is the mean over parts of sum(numerator) / sum(denominator): parts are what
    one result averages, like the best two settings of a grid, or both directions of retrieval.
    """

    numerator: Float64[np.ndarray, "seed part item"]
    denominator: Float64[np.ndarray, "seed part item"]

    @property
    def scores(self) -> Float64[np.ndarray, " seed"]:
        """The score of each training; 0 where there was nothing to count."""
        return scores(self.numerator.sum(axis=-1), self.denominator.sum(axis=-1))


def scores(
    numerator: Float64[np.ndarray, "*more part"], denominator: Float64[np.ndarray, "*more part"]
) -> Float64[np.ndarray, "*more"]:
    """Averages ratios over parts."""
    return (numerator / np.where(denominator == 0, 1, denominator)).mean(axis=-1)


class Interval(NamedTuple):
    """A mean, the ends of its 95% interval, and what they come from."""

    value: float
    low: float
    high: float
    error: float
    """Standard error."""


def mean_interval(strata: Sequence[Trials], seed: int = 0) -> Interval:
    """Gives the interval of a row's mean score, for other trainings and other items."""
    return _interval([(of_row, None) for of_row in strata], seed)


def difference_interval(strata: Sequence[tuple[Trials, Trials]], seed: int = 0) -> Interval:
    """Gives the interval of the mean difference of two rows with the same seeds and items."""
    return _interval(strata, seed)


def _interval(strata: Sequence[tuple[Trials, Trials | None]], seed: int) -> Interval:
    """Bootstraps seeds, then items: what other trainings and other test items would have given.

    Items are drawn once for all seeds and both rows, which were tested on the same; seeds are drawn
    together for both rows, which is right whether or not trainings of one seed have something in
    common. Of S seeds S - 1 are drawn, which makes the variance of their mean unbiased (Rao and
    Wu, 1988). So few seeds have short tails: the interval is Student's around the mean, with the
    bootstrap's standard error and Satterthwaite's degrees of freedom; items are so many that theirs
    count as infinite. With a single seed it is that of other items alone.

    Args:
      strata: tested apart, like pairs of languages; the mean over them is taken.
    """
    draws, over_seeds, mean = np.zeros(RESAMPLES), [], 0.0
    for number, (row, other) in enumerate(strata):
        values = row.scores if other is None else row.scores - other.scores
        resampled = _resampled_scores(row, seed + number)
        if other is not None:
            resampled -= _resampled_scores(other, seed + number)
        draws += _drawn_seeds(resampled, seed + number) / len(strata)
        mean += float(values.mean()) / len(strata)
        if len(values) > 1:
            variance = float(np.var(values, ddof=1)) / len(values) / len(strata) ** 2
            over_seeds.append((variance, len(values) - 1))
    error = float(np.std(draws))
    freedom = _degrees_of_freedom(error**2, over_seeds)
    half = float(t.ppf(0.975, freedom)) * error
    return Interval(mean, mean - half, mean + half, error)


def _degrees_of_freedom(total: float, over_seeds: Sequence[tuple[float, int]]) -> float:
    """Satterthwaite's (1946), of a sum of (variance, degrees of freedom) and one that is known."""
    uncertain = sum(variance**2 / freedom for variance, freedom in over_seeds)
    return total**2 / uncertain if uncertain else math.inf


def _resampled_scores(trials: Trials, seed: int) -> Float64[np.ndarray, "resample seed"]:
    """Scores of each training on resampled items."""
    weights = _item_weights(trials.numerator.shape[-1], seed)
    return scores(*(np.einsum("spi,ri->rsp", side, weights, optimize=True) for side in trials))


@functools.lru_cache(maxsize=8)
def _item_weights(items: int, seed: int) -> Float64[np.ndarray, "resample item"]:
    """How often each item is drawn; the same for all rows."""
    rng = np.random.default_rng((seed, items))
    return rng.multinomial(items, np.full(items, 1 / items), RESAMPLES).astype(np.float64)


def _drawn_seeds(
    values: Float64[np.ndarray, "resample seed"], seed: int
) -> Float64[np.ndarray, " resample"]:
    """Means over seeds that are drawn anew for each resample."""
    seeds = values.shape[1]
    rng = np.random.default_rng((seed, seeds, 1))
    drawn = rng.integers(seeds, size=(len(values), max(1, seeds - 1)))
    return np.take_along_axis(values, drawn, axis=1).mean(axis=1)

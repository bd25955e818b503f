"""Results of a study's rows by seed and test item, with intervals over both."""

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float64

from mlm_xling.wilson import wilson

RESAMPLES = 2_000


class Trials(NamedTuple):
    """Several trainings of one row, tested on the same items.

    A training's score is the mean over parts of sum(numerator) / sum(denominator): parts are what
    one result averages, such as the best two settings of a grid, or both directions of retrieval.
    """

    numerator: Float64[np.ndarray, "seed part item"]
    denominator: Float64[np.ndarray, "seed part item"]

    @property
    def scores(self) -> Float64[np.ndarray, " seed"]:
        """The score of each training; 0 if there is nothing to count."""
        return scores(self.numerator.sum(axis=-1), self.denominator.sum(axis=-1))


def scores(
    numerator: Float64[np.ndarray, "*more part"], denominator: Float64[np.ndarray, "*more part"]
) -> Float64[np.ndarray, "*more"]:
    """Averages ratios over parts."""
    return (numerator / np.where(denominator == 0, 1, denominator)).mean(axis=-1)


def weighted_sums(
    counts: Float64[np.ndarray, "seed part item"], weights: Float64[np.ndarray, "sample item"]
) -> Float64[np.ndarray, "sample seed part"]:
    """Sums over items, weighted by their counts in each sample."""
    sums = weights @ counts.reshape(-1, counts.shape[-1]).T
    return sums.reshape(len(weights), *counts.shape[:2])


class Interval(NamedTuple):
    """A mean, its 95% interval, and its standard error."""

    value: float
    low: float
    high: float
    error: float
    """Standard error over resamples."""


class Term(NamedTuple):
    """A weighted score of a row, or its difference from another row on the same items."""

    weight: float
    row: Trials
    other: Trials | None
    """The row to compare with, if any: with as many seeds, or a single one compared with all."""
    trained: int
    """Index of the trainings: terms that share it are of the same models on other tasks."""


def mean_interval(strata: Sequence[Trials]) -> Interval:
    """Returns the interval of a row's mean score over strata, such as pairs of languages."""
    weight = 1 / len(strata)
    return contrast_interval([Term(weight, one, None, i) for i, one in enumerate(strata)])


def contrast_interval(terms: Sequence[Term]) -> Interval:
    """Bootstraps seeds, then items, to cover variation over trainings and over test items.

    Items are drawn once for all seeds and both rows, which share the test items, and for all terms
    with equally many items: these may be translations of each other, or one treebank for two tasks,
    and where they are independent, drawing them jointly is correct as well. Seeds are drawn jointly
    for both rows, which is correct whether or not trainings with the same seed are correlated, and
    jointly for all tasks of the same trainings. Of S seeds S - 1 are drawn, which makes the
    variance of their mean unbiased (Rao and Wu, 1988). Bootstrap distributions over few seeds have
    short tails, so Student's interval around the mean is used, with the bootstrap's standard error
    and Satterthwaite's degrees of freedom; items are so many that theirs count as infinite. With a
    single seed the interval covers variation over items alone.

    A row that is right in all items, or in none, stays so in all resamples. The reach of its Wilson
    interval is added in quadrature (Newcombe, 1998; Zou and Donner, 2008), counting each item as
    one regardless of its weight. So such a row alone has Wilson's interval, and the difference of
    two has a width. Rows that are equal in every item but vary over items still have none.
    """
    draws, over_seeds, mean = np.zeros(RESAMPLES), [], 0.0
    for trained in dict.fromkeys(term.trained for term in terms):
        own = [term for term in terms if term.trained == trained]
        values = np.sum([term.weight * _difference(term) for term in own], axis=0)
        draws += _drawn_seeds(np.sum([_resampled(term) for term in own], axis=0), trained)
        mean += float(np.mean(values))
        if (seeds := np.size(values)) > 1:
            over_seeds.append((float(np.var(values, ddof=1)) / seeds, seeds - 1))
    error = float(np.std(draws))
    half = float(scipy.stats.t.ppf(0.975, degrees_of_freedom(error**2, over_seeds))) * error
    below, above = _beyond_constants(terms)
    return Interval(mean, mean - math.hypot(half, below), mean + math.hypot(half, above), error)


def _difference(term: Term) -> Float64[np.ndarray, " seed"]:
    return term.row.scores if term.other is None else term.row.scores - term.other.scores


def _beyond_constants(terms: Sequence[Term]) -> tuple[float, float]:
    """Returns how far rows that are right in all items, or in none, extend a contrast's interval.

    Results that are not kept by item have a single item, and no such interval.
    """
    sides = [(term.weight, term.row) for term in terms]
    sides += [(-term.weight, term.other) for term in terms if term.other is not None]
    below, above = [0.0], [0.0]
    for weight, trials in sides:
        items = int(trials.denominator.any(axis=(0, 1)).sum())
        if items > 1 and set(trials.scores) in ({0.0}, {1.0}):
            share = float(trials.scores[0])
            reach = [weight * (end - share) for end in wilson(share, items)]
            below.append(min(reach))
            above.append(max(reach))
    return math.hypot(*below), math.hypot(*above)


def _resampled(term: Term) -> Float64[np.ndarray, "resample seed"]:
    found = _resampled_scores(term.row)
    if term.other is not None:
        found = found - _resampled_scores(term.other)
    return term.weight * found


def degrees_of_freedom(total: float, over_seeds: Sequence[tuple[float, int]]) -> float:
    """Returns Satterthwaite's (1946) for a sum of variances, one of which is known.

    Args:
      total: sum of all variances.
      over_seeds: variance and degrees of freedom of each of the others.
    """
    uncertain = sum(variance**2 / freedom for variance, freedom in over_seeds)
    return total**2 / uncertain if uncertain else math.inf


def _resampled_scores(trials: Trials) -> Float64[np.ndarray, "resample seed"]:
    """Returns the scores of each training on resampled items."""
    weights = _item_weights(trials.numerator.shape[-1], RESAMPLES)
    return scores(*(weighted_sums(side, weights) for side in trials))


@functools.lru_cache(maxsize=8)
def _item_weights(items: int, resamples: int) -> Float64[np.ndarray, "resample item"]:
    """Returns how often each item is drawn, the same for all rows, tasks and languages."""
    rng = np.random.default_rng(items)
    return rng.multinomial(items, np.full(items, 1 / items), resamples).astype(np.float64)


def _drawn_seeds(
    values: Float64[np.ndarray, "resample seed"], seed: int
) -> Float64[np.ndarray, " resample"]:
    """Returns means over seeds that are drawn anew for each resample."""
    seeds = values.shape[1]
    rng = np.random.default_rng((seed, seeds, 1))
    drawn = rng.integers(seeds, size=(len(values), max(1, seeds - 1)))
    return np.take_along_axis(values, drawn, axis=1).mean(axis=1)

"""Metrics as ratios of sums over sentences, with bootstrap intervals."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.typing import ArrayLike

from mlm_xling.wilson import wilson

RESAMPLES = 1000
_AT_ONCE = 50
_FEW = 10
"""Number of sentences from which on resamples vary about as much as other sentences would."""


class Ratio(NamedTuple):
    """Per-sentence terms of a metric: accuracy is right/words, F1 is 2 hits/(predicted + gold).

    Dependent items, such as the pairs of one premise, count as one sentence.
    """

    numerator: Float[np.ndarray, " sentence"]
    denominator: Float[np.ndarray, " sentence"]

    @property
    def value(self) -> float:
        """The metric over all sentences; 0 if there is nothing to count."""
        return float(self.numerator.sum() / (self.denominator.sum() or 1))


def ratio(counts: ArrayLike) -> Ratio:
    """Creates a ratio from one (numerator, denominator) per sentence."""
    columns = np.array(counts, np.float64).reshape(-1, 2).T
    return Ratio(columns[0], columns[1])


def of_hits(hits: Bool[np.ndarray, " item"]) -> Ratio:
    """Creates the ratio of a proportion of hits."""
    return Ratio(hits.astype(np.float64), np.ones(len(hits)))


def mean_value(ratios: Sequence[Ratio]) -> float:
    """Averages a metric over several models measured on the same sentences."""
    return float(np.mean([one.value for one in ratios]))


def bootstrap_interval(ratios: Sequence[Ratio], seed: int) -> tuple[float, float]:
    """Returns the 95% percentile interval of `mean_value` from resampled sentences (Efron, 1979).

    Sentences are drawn with all their words, since a model's answers within a sentence are not
    independent. All models are measured on the same resamples. The interval reflects the choice of
    test sentences, not the variation between training runs.

    If everything is right, or nothing is, all resamples are equal and uninformative, and those of a
    few sentences are too much alike: then the interval of a share is Wilson's over the sentences
    with anything to count, each as a single item however many words or spans it has. If there is
    nothing to count, it is from 0 to 1.
    """
    value = mean_value(ratios)
    counted = int(np.any([one.denominator > 0 for one in ratios], axis=0).sum())
    is_share = all((one.numerator <= one.denominator).all() for one in ratios)
    if not counted:
        return 0.0, 1.0
    if is_share and (value in (0.0, 1.0) or counted < _FEW):
        return wilson(value, counted)
    rng = np.random.default_rng(seed)
    sentences = len(ratios[0].numerator)
    values = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, _AT_ONCE):
        drawn = rng.integers(sentences, size=(_AT_ONCE, sentences))
        values[start : start + _AT_ONCE] = np.mean(
            [_resampled(one, drawn) for one in ratios], axis=0
        )
    low, high = np.quantile(values, (0.025, 0.975))
    # With few sentences every resample may lie on one side of the value.
    return min(float(low), value), max(float(high), value)


def _resampled(
    one: Ratio, drawn: Int[np.ndarray, "resample sentence"]
) -> Float[np.ndarray, " resample"]:
    below = one.denominator[drawn].sum(1)
    return one.numerator[drawn].sum(1) / np.where(below == 0, 1, below)

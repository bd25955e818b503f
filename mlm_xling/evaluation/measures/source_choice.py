"""Choice of the source language for each target by a similarity.

Source: Lin et al., mPLM-Sim, 2024, who pose the question.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy
from jaxtyping import Float64

Scores = Float64[np.ndarray, "source target"]
"""NaN where a source was not tested on a target, such as itself."""
MIN_RANKED = 3
"""Minimum number of sources; two are ranked correctly by chance half of the time."""


class Choice(NamedTuple):
    """The value of a choice, averaged over targets."""

    regret: float
    """How much better the best source is than the chosen one; ideally 0."""
    gain: float
    """How much better the chosen source is than the usual one, where that was tested."""
    rank_correlation: float
    """Spearman's, of similarity and score over sources; NaN if no target has enough sources."""
    targets: int
    """Number of targets with two or more sources."""


def choose(scores: Scores, preference: Scores, usual: int) -> Choice:
    """Chooses the most preferred source for each target.

    Equally preferred sources count by their mean, as if chosen at random.

    Args:
      preference: how strongly each source is preferred, i.e. its similarity to the target.
      usual: the default source of all targets, usually English.
    """
    regrets, gains, ranked = [], [], []
    for target in range(scores.shape[1]):
        sources = np.flatnonzero(np.isfinite(scores[:, target]))
        if len(sources) < 2:
            continue
        values, liked = scores[sources, target], preference[sources, target]
        chosen = values[liked == liked.max()].mean()
        regrets.append(values.max() - chosen)
        if usual in sources:
            gains.append(chosen - scores[usual, target])
        if len(sources) >= MIN_RANKED and np.ptp(values) and np.ptp(liked):
            found: Any = scipy.stats.spearmanr(liked, values)  # SciPy types it as a plain tuple
            ranked.append(float(found.statistic))
    return Choice(_mean(regrets), _mean(gains), _mean(ranked), len(regrets))


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")

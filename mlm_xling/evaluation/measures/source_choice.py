"""Which language to learn a task from, if a similarity chooses the source for each target.

Source: Lin et al., mPLM-Sim, 2024, whose question it is.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy
from jaxtyping import Float64

Scores = Float64[np.ndarray, "source target"]
"""NaN where a source was not tested on a target, as on itself."""
FEWEST_RANKED = 3
"""Sources; two are ranked right by chance every other time."""


class Choice(NamedTuple):
    """What a choice is worth, averaged over targets."""

    regret: float
    """How much better the best source is than the chosen one; 0 at best."""
    gain: float
    """How much better the chosen one is than the usual source, where that was tested."""
    rank_correlation: float
    """Spearman's, of similarity and score over sources; NaN where no target has enough of them."""
    targets: int
    """Number of the targets that have two sources or more."""


def choose(scores: Scores, preference: Scores, usual: int) -> Choice:
    """Takes the source that is preferred most for each target.

    Sources that are equally preferred count by their mean: an indifferent preference chooses at
    random.

    Args:
      preference: how strongly each source is preferred; similarity to the target.
      usual: the source that all targets have without a choice, English most often.
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
        if len(sources) >= FEWEST_RANKED and np.ptp(values) and np.ptp(liked):
            found: Any = scipy.stats.spearmanr(liked, values)  # SciPy types it as a plain tuple
            ranked.append(float(found.statistic))
    return Choice(_mean(regrets), _mean(gains), _mean(ranked), len(regrets))


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")

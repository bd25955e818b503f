"""95% intervals of proportions and means, for independent and for clustered items."""

import numpy as np
from jaxtyping import Bool, Float, Int

from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval
from mlm_xling.wilson import NORMAL, wilson


def wilson_interval(hits: Bool[np.ndarray, " item"]) -> tuple[float, float]:
    """Returns the 95% interval of the proportion of hits."""
    return wilson(float(hits.mean()), len(hits))


def normal_interval(values: Float[np.ndarray, " item"]) -> tuple[float, float]:
    """Returns the 95% interval of a mean of values in [0, 1]; Wilson's if all are 0, or all 1."""
    mean, half = float(values.mean()), NORMAL * float(values.std()) / len(values) ** 0.5
    if mean in (0.0, 1.0):
        return wilson(mean, len(values))
    return max(0.0, mean - half), min(1.0, mean + half)


def clustered_interval(
    hits: Bool[np.ndarray, " item"], cluster: Int[np.ndarray, " item"], seed: int
) -> tuple[float, float]:
    """Returns the 95% interval of the proportion of hits from resampled clusters.

    The words of a sentence are not independent, nor are translations of the same word. If all items
    or none are hits, a cluster counts as a single item, see `bootstrap_interval`.

    Args:
      cluster: the cluster index of each item.
    """
    _, number = np.unique(cluster, return_inverse=True)
    counts = Ratio(np.bincount(number, hits), np.bincount(number).astype(np.float64))
    return bootstrap_interval([counts], seed)

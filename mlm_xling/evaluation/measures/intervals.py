"""95% intervals of shares, of independent items and of clustered ones."""

import numpy as np
from jaxtyping import Bool, Int

from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval
from mlm_xling.wilson import wilson


def wilson_interval(hits: Bool[np.ndarray, " item"]) -> tuple[float, float]:
    """Gives the 95% interval of the share of hits."""
    return wilson(float(hits.mean()), len(hits))


def clustered_interval(
    hits: Bool[np.ndarray, " item"], cluster: Int[np.ndarray, " item"], seed: int
) -> tuple[float, float]:
    """Gives the 95% interval of the share of hits from resampled clusters.

    The words of a sentence are not independent, nor are translations of each other. Where all
    items are hits, or none is, all resamples are equal and say nothing: there it is Wilson's
    interval, as if a cluster were a single item.

    Args:
      cluster: the number of the cluster that each item belongs to.
    """
    found, number = np.unique(cluster, return_inverse=True)
    if hits.all() or not hits.any():
        return wilson_interval(np.full(len(found), hits[0]))
    counts = Ratio(np.bincount(number, hits), np.bincount(number).astype(np.float64))
    return bootstrap_interval([counts], seed)

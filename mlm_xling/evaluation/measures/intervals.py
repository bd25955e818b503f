"""95% intervals of proportions and means, for independent and for clustered items."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval
from mlm_xling.wilson import wilson


def wilson_interval(hits: Bool[np.ndarray, " item"]) -> tuple[float, float]:
    """Returns the 95% interval of the proportion of hits."""
    return wilson(float(hits.mean()), len(hits))


def clustered_interval(
    values: Bool[np.ndarray, " item"] | Float[np.ndarray, " item"],
    cluster: Int[np.ndarray, " item"] | Sequence[str],
    seed: int,
) -> tuple[float, float]:
    """Returns the 95% interval of the mean of values in [0, 1] from resampled clusters.

    The words of a sentence are not independent, nor are forms or translations of the same word. If
    all items or none are hits, a cluster counts as a single item, see `bootstrap_interval`.

    Args:
      cluster: index or name of the cluster of each item.
    """
    place = {name: i for i, name in enumerate(dict.fromkeys(cluster))}
    number = [place[name] for name in cluster]
    counts = Ratio(np.bincount(number, values), np.bincount(number).astype(np.float64))
    return bootstrap_interval([counts], seed)

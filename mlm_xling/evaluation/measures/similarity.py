"""Measures of similarity beside CKA: what one of them overlooks another may see.

Each takes the representations of the same items, row by row, and gives 1 for equal ones.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from mlm_xling.evaluation.measures.neighbours import nearest
from mlm_xling.evaluation.measures.procrustes import unit

Rows = Float[np.ndarray, "sentence embed"]
OtherRows = Float[np.ndarray, "sentence other_embed"]
VARIANCE_KEPT = 0.99
NEIGHBOURS = 10


def svcca(x: Rows, y: OtherRows) -> float:
    """Measures the mean canonical correlation of the leading principal components of each side.

    Those that together hold 99% of a side's variance are kept. Blind to any linear map of what
    is kept; biased upward unless there are many more items than components.

    Source: Raghu et al., SVCCA, NeurIPS 2017.
    """
    kept_x, kept_y = _leading(x), _leading(y)
    if not kept_x.shape[1] or not kept_y.shape[1]:
        return 0.0
    # The components are orthonormal, so the canonical correlations are these singular values.
    correlations = np.linalg.svd(kept_x.T @ kept_y, compute_uv=False)
    return float(np.clip(correlations, 0, 1).mean())


def neuron_correlation(x: Rows, y: Rows) -> float:
    """Averages over dimensions Pearson's correlation of each with its own double (ANC).

    It asks for the same neuron, so it means something within one encoder only. A dimension that
    does not vary correlates with nothing.

    Source: Del and Fishel, Cross-lingual similarity of multilingual representations revisited,
    AACL 2022.
    """
    x, y = _centred(x), _centred(y)
    lengths = np.linalg.norm(x, axis=0) * np.linalg.norm(y, axis=0)
    products = (x * y).sum(axis=0)
    return float(
        np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0).mean()
    )


def neighbour_overlap(x: Rows, y: OtherRows, k: int = NEIGHBOURS) -> float:
    """Measures the mean share of `k` nearest neighbours by cosine that both sides agree on.

    Languages are centred first. It sees the local arrangement only, where CKA sees the coarse one.

    Source: Huh et al., The Platonic representation hypothesis, ICML 2024 (mutual k-NN).
    """
    k = min(k, len(x) - 1)
    near_x, near_y = (_neighbours(_centred(rows), k) for rows in (x, y))
    shared = [len(np.intersect1d(a, b)) for a, b in zip(near_x, near_y, strict=True)]
    return float(np.mean(shared)) / k


MEASURES: dict[str, Callable[[Rows, Rows], float]] = {
    "svcca": svcca,
    "anc": neuron_correlation,
    "neighbour_overlap": neighbour_overlap,
}
"""By the metric's name in results."""
WITHIN_ONE_ENCODER = frozenset({"anc"})


def _centred(rows: Rows) -> Rows:
    rows = rows.astype(np.float64)
    return rows - rows.mean(axis=0)


def _leading(rows: Rows) -> Float[np.ndarray, "sentence component"]:
    """Orthonormal scores of the principal components that hold `VARIANCE_KEPT` of the variance."""
    u, s, _ = np.linalg.svd(_centred(rows), full_matrices=False)
    variances = np.square(s)
    if variances.sum() == 0:
        return u[:, :0]
    kept = int(np.searchsorted(np.cumsum(variances), VARIANCE_KEPT * variances.sum())) + 1
    return u[:, :kept]


def _neighbours(rows: Rows, k: int) -> np.ndarray:
    """Each item's `k` nearest others."""
    rows = unit(rows)
    found = nearest(rows, rows, k + 1).index
    own = found == np.arange(len(rows))[:, None]
    # Of items that coincide the own number may be missing; then the last is left out.
    own[~own.any(axis=1), -1] = True
    return found[~own].reshape(len(rows), k)

"""Similarity measures that complement CKA.

Each takes representations of the same items, row by row, and returns 1 for equal ones.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from mlm_xling.evaluation.measures.centring import centred
from mlm_xling.evaluation.measures.procrustes import unit

Rows = Float[np.ndarray, "sentence embed"]
OtherRows = Float[np.ndarray, "sentence other_embed"]
VARIANCE_KEPT = 0.99
NEIGHBOURS = 10
TIE = 1e-12
"""Cosines closer than this are equal."""
BLOCK = 1024


def svcca(x: Rows, y: OtherRows) -> float:
    """Returns the mean canonical correlation of each side's leading principal components.

    Components that together explain 99% of a side's variance are kept. Invariant to linear maps of
    what is kept; biased upward unless there are many more items than components.

    Source: Raghu et al., SVCCA, NeurIPS 2017.
    """
    kept_x, kept_y = _leading(x), _leading(y)
    if not kept_x.shape[1] or not kept_y.shape[1]:
        return 0.0
    # The components are orthonormal, so the canonical correlations are these singular values.
    correlations = np.linalg.svd(kept_x.T @ kept_y, compute_uv=False)
    return float(np.clip(correlations, 0, 1).mean())


def neuron_correlation(x: Rows, y: Rows) -> float:
    """Returns the mean over dimensions of Pearson's correlation with the same dimension (ANC).

    It compares the same neurons, so it is only meaningful within one encoder. Constant dimensions
    have correlation 0.

    Source: Del and Fishel, Cross-lingual similarity of multilingual representations revisited,
    AACL 2022.
    """
    x, y = centred(x), centred(y)
    lengths = np.linalg.norm(x, axis=0) * np.linalg.norm(y, axis=0)
    products = (x * y).sum(axis=0)
    return float(
        np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0).mean()
    )


def neighbour_overlap(x: Rows, y: OtherRows, k: int = NEIGHBOURS) -> float:
    """Returns the mean share of `k` nearest neighbours by cosine common to both sides.

    Languages are centred first. It measures local structure, while CKA measures coarse structure.
    If several items are as near as the k-th, it is the expected share when each side draws among
    them independently: representations that distinguish nothing agree by chance, on `k / (n - 1)`.
    With few items `k` is at most half of the others, since any two sides agree on all of them.

    Source: Huh et al., The Platonic representation hypothesis, ICML 2024 (mutual k-NN).
    """
    k = max(1, min(k, (len(x) - 1) // 2))
    x, y = (unit(centred(rows)) for rows in (x, y))
    shared = 0.0
    for start in range(0, len(x), BLOCK):
        items = np.arange(start, min(start + BLOCK, len(x)))
        shared += float((_chosen(x, items, k) * _chosen(y, items, k)).sum())
    return shared / (k * len(x))


MEASURES: dict[str, Callable[[Rows, Rows], float]] = {
    "svcca": svcca,
    "anc": neuron_correlation,
    "neighbour_overlap": neighbour_overlap,
}
"""Similarity measures, by the name of the metric in results."""
WITHIN_ONE_ENCODER = frozenset({"anc"})


def _leading(rows: Rows) -> Float[np.ndarray, "sentence component"]:
    """Returns orthonormal scores of the components that explain `VARIANCE_KEPT` of the variance."""
    u, s, _ = np.linalg.svd(centred(rows), full_matrices=False)
    variances = np.square(s)
    if variances.sum() == 0:
        return u[:, :0]
    kept = int(np.searchsorted(np.cumsum(variances), VARIANCE_KEPT * variances.sum())) + 1
    return u[:, :kept]


def _chosen(
    rows: Rows, items: Int[np.ndarray, " item"], k: int
) -> Float[np.ndarray, "item sentence"]:
    """Returns each item's probability to be among the `k` nearest, with ties drawn at random."""
    similar = rows[items] @ rows.T
    similar[np.arange(len(items)), items] = -np.inf
    last = np.partition(similar, -k, axis=1)[:, -k, None]
    nearer, tied = similar > last + TIE, np.abs(similar - last) <= TIE
    places = k - nearer.sum(axis=1, keepdims=True)
    return nearer + tied * (places / tied.sum(axis=1, keepdims=True))

"""Removal of what sentence length explains in sentence vectors."""

import numpy as np
from jaxtyping import Float, Int

from mlm_xling.evaluation.measures.cka import OtherRows, Rows, hsic, ratio, unbiased_hsic

Lengths = Int[np.ndarray, " sentence"]
"""Numbers of tokens; an empty sentence counts as one token."""
_Direction = Float[np.ndarray, " sentence"]


def without_length(rows: Rows, lengths: Lengths) -> Rows:
    """Regresses the logarithm of the length out of every dimension, by least squares.

    Long sentences have long translations, so anything that grows with length makes translations'
    representations similar. The mean is removed along with the slope.
    """
    if not len(rows):
        return rows
    rows = rows - rows.mean(axis=0, dtype=np.float64)
    length = _direction(lengths)
    return rows - np.outer(length, length @ rows)


def debiased_cka_without_length(
    x: Rows, y: OtherRows, x_lengths: Lengths, y_lengths: Lengths
) -> float:
    """Computes debiased CKA of what `without_length` leaves, near 0 for independent data.

    Residuals of a regression depend on each other, as they have no slope in common. So the unbiased
    HSIC estimate of unrelated ones is not 0: with 200 sentences in 768 dimensions, CKA would be
    0.02, and with 50 of them 0.23.

    Raises:
      ValueError: there are fewer than four sentences, for which CKA is undefined.
    """
    if len(x) < 4:
        raise ValueError(f"debiased CKA needs at least 4 items, got {len(x)}")
    x, y = without_length(x, x_lengths), without_length(y, y_lengths)
    u, v = _direction(x_lengths), _direction(y_lengths)
    return float(ratio(_hsic(x, y, u, v), _hsic(x, x, u, u), _hsic(y, y, v, v)))


def _direction(lengths: Lengths) -> _Direction:
    """Returns the centred logarithms, of norm 1, or zeros if all lengths are the same."""
    length = np.log(np.maximum(lengths, 1))
    if not np.ptp(length):
        return np.zeros_like(length)
    length = length - length.mean()
    return length / np.linalg.norm(length)


def _hsic(x: Rows, y: OtherRows, u: _Direction, v: _Direction) -> float:
    """Returns the HSIC estimate of residuals, less its expectation for independent data.

    If sentences are independent, a kernel of residuals is expected to be a multiple of the
    projection away from the mean and from the lengths `u`, or `v`.
    """
    n = len(x)
    p, q = 1 - 1 / n - u**2, 1 - 1 / n - v**2  # Diagonals of the projections.
    product = n - 1 - u @ u - v @ v + (u @ v) ** 2
    expected = unbiased_hsic(n, product - p @ q, p @ q, p.sum(), q.sum())
    scale = np.square(x).sum() / p.sum() * np.square(y).sum() / q.sum()
    return hsic(x, y) - float(expected * scale)

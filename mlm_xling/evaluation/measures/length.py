"""Removal of what sentence length explains in sentence vectors."""

import numpy as np
from jaxtyping import Float, Int

from mlm_xling.evaluation.measures.cka import OtherRows, Rows, hsic, ratio

Lengths = Int[np.ndarray, " sentence"]
"""Numbers of tokens; an empty sentence counts as one token."""
_Direction = Float[np.ndarray, "sentence 1"]


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

    Residuals of a regression depend on each other, as they have no slope left. So the unbiased HSIC
    estimate of unrelated ones is not 0: with 200 sentences in 768 dimensions, CKA would be 0.02,
    and with 50 of them 0.23. Hence the kernel of the lengths is projected out, too: the expected
    kernel of the residuals of independent sentences is a multiple of it.

    Raises:
      ValueError: there are fewer than four sentences, for which CKA is undefined.

    Source: Székely and Rizzo, Partial distance correlation with methods for dissimilarities, 2014,
    in whose space of kernels HSIC is an inner product, so that the result is in [-1, 1].
    """
    x, y = without_length(x, x_lengths), without_length(y, y_lengths)
    u, v = _direction(x_lengths)[:, None], _direction(y_lengths)[:, None]
    return float(ratio(_hsic(x, y, u, v), _hsic(x, x, u, u), _hsic(y, y, v, v)))


def _direction(lengths: Lengths) -> Float[np.ndarray, " sentence"]:
    """Returns the centred logarithms, of norm 1, or zeros if all lengths are the same."""
    length = np.log(np.maximum(lengths, 1))
    if not np.ptp(length):
        return np.zeros_like(length)
    length = length - length.mean()
    return length / np.linalg.norm(length)


def _hsic(x: Rows, y: OtherRows, u: _Direction, v: _Direction) -> float:
    """Returns the HSIC estimate with the kernel of u projected out of that of x, and v of y."""
    share_x, share_y = _share(x, u), _share(y, v)
    crossed = share_x * hsic(u, y) + share_y * hsic(x, v)
    return hsic(x, y) - crossed + share_x * share_y * hsic(u, v)


def _share(x: Rows, u: _Direction) -> float:
    """Returns how often the kernel of u is contained in that of x."""
    own = hsic(u, u)
    return hsic(x, u) / own if own > 0 else 0.0

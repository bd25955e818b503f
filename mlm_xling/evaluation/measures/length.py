"""Removal of what sentence length explains in sentence vectors."""

import numpy as np
from jaxtyping import Float, Int

Rows = Float[np.ndarray, "sentence embed"]


def without_length(rows: Rows, lengths: Int[np.ndarray, " sentence"]) -> Rows:
    """Regresses the logarithm of the length out of every dimension, by least squares.

    Long sentences have long translations, so anything that grows with length makes translations'
    representations similar. The mean is removed along with the slope.

    Args:
      lengths: number of tokens; an empty sentence counts as one token.
    """
    if not len(rows):
        return rows
    rows = rows - rows.mean(axis=0, dtype=np.float64)
    length = np.log(np.maximum(lengths, 1))
    length = length - length.mean()
    square = length @ length
    if square == 0:
        return rows
    return rows - np.outer(length, length @ rows / square)

"""What the length of sentences explains of their vectors."""

import numpy as np
from jaxtyping import Float, Int

Rows = Float[np.ndarray, "sentence embed"]


def without_length(rows: Rows, lengths: Int[np.ndarray, " sentence"]) -> Rows:
    """Regresses the logarithm of the length out of every dimension, by least squares.

    Long sentences have long translations, so whatever grows with length makes representations of
    translations similar. With the slope goes the mean.

    Args:
      lengths: in tokens; an empty sentence counts as one token.
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

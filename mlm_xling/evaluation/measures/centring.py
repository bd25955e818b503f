"""Removal, in float64, of what all rows have in common before they are compared.

Real encoders have dimensions whose mean is thousands of times their spread, and a broken one may
return the same vector for everything. Only the spread must be compared, and rounding errors are not
spread.
"""

import numpy as np
from jaxtyping import Float, Float32, Float64

from mlm_xling.evaluation.measures.procrustes import unit

Rows = Float[np.ndarray, "row embed"]
CONSTANT = 1e-12
"""A column that spreads less, relative to its size, is constant: the rest is rounding error."""


def centred(rows: Rows) -> Float64[np.ndarray, "row embed"]:
    """Subtracts each column's mean in float64; constant columns become zero.

    Rounding alone would leave them at about 1e-17, equal in every row: measures that divide by
    lengths would treat that as perfect agreement.
    """
    rows = rows.astype(np.float64)
    constant = np.ptp(rows, axis=0) <= CONSTANT * np.abs(rows).max(axis=0)
    return np.where(constant, 0.0, rows - rows.mean(axis=0))


def directions(
    x: Rows, y: Float[np.ndarray, "other_row embed"]
) -> tuple[Float32[np.ndarray, "row direction"], Float32[np.ndarray, "other_row direction"]]:
    """Scales rows to unit length and subtracts what they all have in common.

    Cosines would differ in digits beyond float32. These rows preserve the differences: `cos(u, v) -
    1 = -|u - v|^2 / 2 = u.v - half_squares(u) - half_squares(v)` does not change when both are
    shifted. A zero vector, as of a text without any known token, has a dimension of its side's own,
    so that its cosine with all of the other side is 0.
    """
    x, y = unit(x.astype(np.float64)), unit(y.astype(np.float64))
    no_x, no_y = ~x.any(axis=1), ~y.any(axis=1)
    if no_x.any() or no_y.any():
        x = np.column_stack([x, no_x, np.zeros(len(x))])
        y = np.column_stack([y, np.zeros(len(y)), no_y])
    common = (x.mean(axis=0) + y.mean(axis=0)) / 2
    return (x - common).astype(np.float32), (y - common).astype(np.float32)


def half_squares(rows: Rows) -> Float32[np.ndarray, " row"]:
    """Returns half the squared length of each row."""
    return (np.einsum("re,re->r", rows, rows) / 2).astype(np.float32)

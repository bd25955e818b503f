"""What all rows have in common, taken away in float64 before anything is compared.

Real encoders have dimensions whose mean is thousands of times their spread, and a broken one may
give the same vector for everything. What is compared must be the spread alone, and rounding is
none.
"""

import numpy as np
from jaxtyping import Float, Float32, Float64

from mlm_xling.evaluation.measures.procrustes import unit

Rows = Float[np.ndarray, "row embed"]
CONSTANT = 1e-12
"""A column that spreads less, as a share of its size, does not vary: what is left is rounding."""


def centred(rows: Rows) -> Float64[np.ndarray, "row embed"]:
    """Removes each column's mean in float64; columns that do not vary become zeros.

    Rounding alone would leave them some 1e-17, the same in every row: measures that divide by
    lengths would take that for perfect agreement.
    """
    rows = rows.astype(np.float64)
    constant = np.ptp(rows, axis=0) <= CONSTANT * np.abs(rows).max(axis=0)
    return np.where(constant, 0.0, rows - rows.mean(axis=0))


def directions(
    x: Rows, y: Float[np.ndarray, "other_row embed"]
) -> tuple[Float32[np.ndarray, "row embed"], Float32[np.ndarray, "other_row embed"]]:
    """Scales rows to unit length and takes away what all of them have in common.

    Cosines would differ in digits that float32 has not. These rows keep the differences:
    `cos(u, v) - 1 = -|u - v|^2 / 2 = u.v - half_squares(u) - half_squares(v)` does not change when
    both are shifted.
    """
    x, y = unit(x.astype(np.float64)), unit(y.astype(np.float64))
    common = (x.mean(axis=0) + y.mean(axis=0)) / 2
    return (x - common).astype(np.float32), (y - common).astype(np.float32)


def half_squares(rows: Rows) -> Float32[np.ndarray, " row"]:
    """Gives half the squared length of each row."""
    return (np.einsum("re,re->r", rows, rows) / 2).astype(np.float32)

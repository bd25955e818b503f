"""Orthogonal maps between representation spaces, on iteratively normalised rows.

Source: docs/method.md section 6; Schoenemann 1966 (orthogonal Procrustes); Zhang et al., Are girls
neko or shojo?, ACL 2019 (iterative normalization).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

Rows = Float[np.ndarray, "sentence embed"]
ROUNDS = 5


def unit(rows: Rows) -> Rows:
    """Scales each row to unit length; zero rows stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1, lengths)


@dataclass(frozen=True)
class Normalisation:
    """Rounds of (unit length, centring) and a final unit length, with the means of the fit rows."""

    means: tuple[Float64[np.ndarray, " embed"], ...]

    @classmethod
    def fit(cls, rows: Rows, rounds: int = ROUNDS) -> "Normalisation":
        """Estimates the mean of each round from the fit rows."""
        rows, means = rows.astype(np.float64), []
        for _ in range(rounds):
            rows = unit(rows)
            means.append(rows.mean(axis=0))
            rows = rows - means[-1]
        return cls(tuple(means))

    def __call__(self, rows: Rows) -> Float64[np.ndarray, "sentence embed"]:
        """Normalises any rows, using the means of the fit rows."""
        rows = rows.astype(np.float64)
        for mean in self.means:
            rows = unit(rows) - mean
        return unit(rows)


def orthogonal_map(
    x: Rows, y: Float[np.ndarray, "sentence other_embed"]
) -> Float64[np.ndarray, "other_embed embed"]:
    """Fits the orthogonal W that minimises `sum |W x_i - y_i|^2`: `U V'` of `svd(Y'X)`.

    Computed in float64 on the host. Rows are mapped by `x @ W.T`. With fewer rows than dimensions W
    is not unique: it acts arbitrarily on what the rows do not span. Between spaces of different
    widths W is orthogonal on the narrower one.
    """
    u, _, vt = np.linalg.svd(y.astype(np.float64).T @ x.astype(np.float64), full_matrices=False)
    return u @ vt

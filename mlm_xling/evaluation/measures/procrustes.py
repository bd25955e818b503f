"""Orthogonal maps between representation spaces, on iteratively normalised rows.

Source: docs/method.md section 6; Schoenemann 1966 (orthogonal Procrustes); Zhang et al., Are girls
neko or shojo?, ACL 2019 (iterative normalization).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

Rows = Float[np.ndarray, "sentence embed"]
ROUNDS = 5


def unit(vectors: Float[np.ndarray, "*more embed"]) -> Float[np.ndarray, "*more embed"]:
    """Scales each vector to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


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


def aligned(
    x: Float[np.ndarray, "source embed"],
    y: Float[np.ndarray, "target other_embed"],
    fit_x: Float[np.ndarray, "fit embed"],
    fit_y: Float[np.ndarray, "fit other_embed"],
) -> tuple[Float64[np.ndarray, "source other_embed"], Float64[np.ndarray, "target other_embed"]]:
    """Maps `x` into the space of `y` by an orthogonal map between normalised, parallel fit rows.

    Returns both sides, normalised by the means of the fit rows. Mapping `y` into the space of `x`
    instead gives the same cosines.
    """
    normalise_x, normalise_y = Normalisation.fit(fit_x), Normalisation.fit(fit_y)
    to_y = orthogonal_map(normalise_x(fit_x), normalise_y(fit_y))
    return normalise_x(x) @ to_y.T, normalise_y(y)

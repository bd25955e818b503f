"""Maps from few pairs, with less weight on directions that the pairs do not determine.

Procrustes takes `U V'` of `U S V' = svd(Y'X)`: a direction on which the pairs agree (a large
singular value) has the same weight as one determined by noise, or not spanned by any pair. Here its
weight is `s / (s + strength * mean(s))`. Strength 0 drops what no pair spans and otherwise equals
Procrustes; the best strength depends on the noise, so it is chosen by cross-validation on the fit
pairs.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from mlm_xling.evaluation.measures.procrustes import Normalisation
from mlm_xling.evaluation.measures.retrieval import retrieve

Rows = Float[np.ndarray, "sentence embed"]
OtherRows = Float[np.ndarray, "sentence other_embed"]
FitRows = Float[np.ndarray, "fit_sentence embed"]
OtherFitRows = Float[np.ndarray, "fit_sentence other_embed"]
Common = Float64[np.ndarray, "sentence direction"]
STRENGTHS = (0.0, 0.1, 0.3, 1.0, 3.0)
FOLDS, LEFT_OUT = 5, 500
"""Number of folds of cross-validation, and maximum number of pairs tested in each."""


def aligned_shrunk(
    x: Rows, y: OtherRows, fit_x: FitRows, fit_y: OtherFitRows
) -> tuple[Common, Common]:
    """Maps both sides onto their common directions, scaled by how well fit pairs agree on them.

    Rows are normalised as in `retrieval.aligned`, its counterpart. The strength is that with the
    highest P@1 in cross-validation on the fit pairs; with fewer than two per fold it is 0.

    Source: docs/method.md section 6 (its choice).
    """
    normalise_x, normalise_y = Normalisation.fit(fit_x), Normalisation.fit(fit_y)
    fit_x, fit_y = normalise_x(fit_x), normalise_y(fit_y)
    directions = Directions.fit(fit_x, fit_y)
    return directions.shrink(normalise_x(x), normalise_y(y), _best_strength(fit_x, fit_y))


class Directions(NamedTuple):
    """The singular vectors of `Y'X` that the fit pairs span."""

    of_x: Float64[np.ndarray, "direction embed"]
    of_y: Float64[np.ndarray, "direction other_embed"]
    agreement: Float64[np.ndarray, " direction"]
    """Singular values, as multiples of their mean over all dimensions."""

    @classmethod
    def fit(cls, x: FitRows, y: OtherFitRows) -> "Directions":
        """Computes the directions of pairs, row by row."""
        u, s, vt = np.linalg.svd(y.T @ x, full_matrices=False)
        spanned = s > s[0] * len(s) * np.finfo(np.float64).eps
        return cls(vt[spanned], u.T[spanned], s[spanned] / (s.mean() or 1.0))

    def shrink(self, x: Rows, y: OtherRows, strength: float) -> tuple[Common, Common]:
        """Returns coordinates of both sides, whose products are those of the shrunk map."""
        weights = np.sqrt(self.agreement / (self.agreement + strength))
        return (x @ self.of_x.T) * weights, (y @ self.of_y.T) * weights


def _best_strength(x: FitRows, y: OtherFitRows) -> float:
    """Returns the strength whose map, fitted on the other folds, retrieves the most pairs."""
    if len(x) < 2 * FOLDS:
        return STRENGTHS[0]
    hits, fold_of = np.zeros(len(STRENGTHS)), np.arange(len(x)) % FOLDS
    for fold in range(FOLDS):
        kept, left_out = fold_of != fold, np.flatnonzero(fold_of == fold)[:LEFT_OUT]
        directions = Directions.fit(x[kept], y[kept])
        for i, strength in enumerate(STRENGTHS):
            found = retrieve(*directions.shrink(x[left_out], y[left_out], strength))
            hits[i] += found.forward.sum() + found.backward.sum()
    return STRENGTHS[int(hits.argmax())]

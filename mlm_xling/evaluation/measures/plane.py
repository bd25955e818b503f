"""Projection of two languages' vectors to two dimensions by joint principal components."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from mlm_xling.evaluation.measures.centring import centred
from mlm_xling.evaluation.measures.procrustes import unit

Rows = Float[np.ndarray, "word embed"]
Points = Float[np.ndarray, "word 2"]


class Projection(NamedTuple):
    """Coordinates of the words of both languages."""

    x: Points
    y: Points
    share: float
    """Fraction of the variance explained by the two dimensions."""


def project(x: Rows, y: Rows) -> Projection:
    """Projects the directions of all rows onto their first two principal components.

    Cosines compare directions, so rows are first scaled to unit length. Components do not depend on
    who translates whom. Signs are chosen so that the largest coordinate of each component is
    positive.
    """
    rows = centred(unit(np.concatenate([x, y]).astype(np.float64)))
    left, sizes, _ = np.linalg.svd(rows, full_matrices=False)
    points = np.zeros((len(rows), 2))
    kept = min(2, len(sizes))
    points[:, :kept] = left[:, :kept] * sizes[:kept]
    points *= np.where(points.max(axis=0) < -points.min(axis=0), -1, 1)
    total = float((sizes**2).sum())
    share = float((sizes[:2] ** 2).sum()) / total if total else 1.0
    return Projection(points[: len(x)], points[len(x) :], share)

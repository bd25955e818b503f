"""A map between raw hidden states, so that a head trained on one encoder can read another."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Float, Float64

from mlm_xling.evaluation.measures.procrustes import Normalisation, orthogonal_map

Targets = Float[np.ndarray, "word embed"]
Sources = Float[np.ndarray, "word other_embed"]


@dataclass(frozen=True)
class ContextualMap:
    """`h -> s W (h - mean_t) + mean_e`, from the target's space to the source's.

    W is fitted between iteratively normalised words, but a head reads raw states: so means and the
    mean length around them are transferred, and directions rotated by W. Since W is applied to
    centred states, it is fitted on normalised centred states.

    Source: docs/method.md section 6 (its choice).
    """

    rotation: Float64[np.ndarray, "other_embed embed"]
    scale: float
    target_mean: Float64[np.ndarray, " embed"]
    source_mean: Float64[np.ndarray, " other_embed"]

    @classmethod
    def fit(cls, targets: Targets, sources: Sources) -> "ContextualMap":
        """Fits the map on words aligned row by row."""
        means = [rows.mean(axis=0, dtype=np.float64) for rows in (targets, sources)]
        centred = [rows - mean for rows, mean in zip((targets, sources), means, strict=True)]
        normalised = [Normalisation.fit(rows)(rows) for rows in centred]
        lengths = [np.linalg.norm(rows, axis=1).mean() for rows in centred]
        scale = float(lengths[1] / lengths[0]) if lengths[0] else 1.0
        return cls(orthogonal_map(*normalised), scale, means[0], means[1])

    def __call__(
        self, states: Float[Array, "*batch embed"] | Float[np.ndarray, "*batch embed"]
    ) -> Float[Array, "*batch other_embed"] | Float[np.ndarray, "*batch other_embed"]:
        """Maps states of any shape, also inside a jitted function."""
        matrix, offset = self.affine
        return states @ matrix.astype(states.dtype) + offset.astype(states.dtype)

    @property
    def affine(
        self,
    ) -> tuple[Float64[np.ndarray, "embed other_embed"], Float64[np.ndarray, " other_embed"]]:
        """The map as a matrix and an offset: `states @ matrix + offset`."""
        matrix = self.scale * self.rotation.T
        return matrix, self.source_mean - self.target_mean @ matrix

"""Selection of look-ups to show as examples, with what was found for them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from mlm_xling.evaluation.measures.plane import project
from mlm_xling.evaluation.measures.procrustes import unit
from mlm_xling.examples import Candidate, Lookup, Plane, Point

SHOWN = 5
"""Number of neighbours shown for each."""
_DIGITS = 4


class Searched(NamedTuple):
    """What was looked up among the vectors of the target language."""

    texts: Sequence[str]
    vectors: Float[np.ndarray, "asked embed"]
    answers: Sequence[Collection[int]]
    """Rows of all translations of each query among `others`."""
    others: Sequence[str]
    other_vectors: Float[np.ndarray, "other embed"]
    found: Int[np.ndarray, "asked top"]
    """Rows of the nearest, nearest first."""
    score: Float[np.ndarray, "asked top"]
    """Scores by which they are ordered."""
    hits: Bool[np.ndarray, " asked"]
    """Whether each query counts as found."""

    def look_up(self, row: int) -> Lookup:
        """Returns what was found for one query."""
        right = sorted(self.answers[row])
        return Lookup(
            self.texts[row],
            self._candidates(row, right),
            self._candidates(row, self.found[row, :SHOWN].tolist()),
        )

    def mistakes(self, count: int) -> list[Lookup]:
        """Returns the highest-scoring look-ups that are not found and whose nearest is wrong."""
        nearest = self.found[:, 0].tolist()
        wrong = [
            row
            for row in np.argsort(-self.score[:, 0], kind="stable").tolist()
            if not self.hits[row] and nearest[row] not in self.answers[row]
        ]
        return [self.look_up(row) for row in wrong[:count]]

    def _candidates(self, row: int, rows: Sequence[int]) -> tuple[Candidate, ...]:
        asked = unit(self.vectors[[row]].astype(np.float64))
        cosines = unit(self.other_vectors[list(rows)].astype(np.float64)) @ asked[0]
        return tuple(
            Candidate(self.others[other], round(float(cosine), _DIGITS), other in self.answers[row])
            for other, cosine in zip(rows, cosines, strict=True)
        )


def evenly(count: int, wanted: int) -> list[int]:
    """Returns evenly spaced numbers below `count`, with both ends; all if no more."""
    return sorted(set(np.linspace(0, count - 1, min(count, wanted)).round().astype(int).tolist()))


def plane(
    x: Float[np.ndarray, "pair embed"], y: Float[np.ndarray, "pair embed"], *, mapped: bool
) -> Plane:
    """Projects pairs of vectors onto a plane."""
    found = project(x, y)
    return Plane(mapped, _points(found.x), _points(found.y), round(found.share, _DIGITS))


def _points(rows: Float[np.ndarray, "pair 2"]) -> tuple[Point, ...]:
    return tuple((x, y) for x, y in rows.round(_DIGITS).tolist())

"""Cross-domain similarity local scaling (CSLS), nearest neighbours corrected for hubs.

`score(x, y) = 2 cos(x, y) - r_T(x) - r_S(y)`, with r the mean cosine to the K nearest neighbours in
the whole opposite vocabulary. `r_T(x)` is the same for all candidates of a query and does not
affect the ranking; it comes from the same search as the candidates. `r_S(y)` is needed for every
candidate, against every source word: that is the cost, which `csls` mostly avoids.

Rows may be unit vectors, or unit vectors minus what all have in common
(`measures.centring.directions`): with h half the squared length of the remainder, a cosine is `1 +
x.y - h(x) - h(y)`, and ones cancel in the score.

Source: Conneau et al., Word translation without parallel data, ICLR 2018; docs/method.md section 6.
"""

import numpy as np
from jaxtyping import Float, Int

from mlm_xling.evaluation.measures.cells import bounded_similarity
from mlm_xling.evaluation.measures.centring import half_squares
from mlm_xling.evaluation.measures.neighbours import Neighbours, mean_similarity, nearest

Queries = Float[np.ndarray, "query embed"]
Targets = Float[np.ndarray, "target embed"]
Sources = Float[np.ndarray, "source embed"]
K = 10
UNBOUNDED_SOURCES = 20_000
"""Number of sources up to which bounds do not speed up the search."""
_SPARE = 4
"""Number of initial candidates, as a multiple of those requested."""


def csls(
    queries: Queries, targets: Targets, sources: Sources, top: int = 10, k: int = K
) -> Neighbours:
    """Returns the `top` targets of each query by exact CSLS.

    `queries` and `sources` must be mapped into the space of `targets`, and all rows must be unit
    vectors, or unit vectors shifted by a common vector. The mean of the `k` nearest among some of
    the sources (`cells`) is at most that among all, so it gives an upper bound on every score; the
    exact `r_S` is computed only for candidates whose bound is among the best, until no other can do
    better. Scores are exact to float32 rounding.
    """
    top = min(top, len(targets))
    own = half_squares(targets)
    r_targets = mean_similarity(queries, targets, k, own)
    if len(sources) <= UNBOUNDED_SOURCES:
        penalty = own + mean_similarity(targets, sources, k, half_squares(sources))
        found = nearest(2 * queries, targets, top, penalty)
    else:
        found = _search_by_bound(queries, targets, _Penalties(targets, sources, k), top)
    return Neighbours(found.index, found.score - (r_targets + half_squares(queries))[:, None])


class _Penalties:
    """`h + r_S` of every target: exact where refined, elsewhere a lower bound."""

    def __init__(self, targets: Targets, sources: Sources, k: int):
        self._targets, self._sources, self._k = targets, sources, k
        self._own, self._own_of_sources = half_squares(targets), half_squares(sources)
        self.values = self._own + bounded_similarity(targets, sources, k, self._own_of_sources)
        self.exact = np.zeros(len(targets), bool)

    def refine(self, chosen: Int[np.ndarray, " chosen"]) -> None:
        """Computes exact values for these targets."""
        self.values[chosen] = self._own[chosen] + mean_similarity(
            self._targets[chosen], self._sources, self._k, self._own_of_sources
        )
        self.exact[chosen] = True


def _search_by_bound(
    queries: Queries, targets: Targets, penalties: _Penalties, top: int
) -> Neighbours:
    index = np.empty((len(queries), top), np.int32)
    score = np.empty((len(queries), top), np.float32)
    unsettled, candidates = np.arange(len(queries)), _SPARE * top
    while len(unsettled):
        candidates = min(candidates, len(targets))
        bounds = nearest(2 * queries[unsettled], targets, candidates, penalties.values)
        best = _best_of(bounds, penalties, top)
        # All others are bounded by the last candidate.
        settled = best.score[:, -1] >= bounds.score[:, -1]
        settled |= candidates == len(targets)
        index[unsettled[settled]] = best.index[settled]
        score[unsettled[settled]] = best.score[settled]
        unsettled, candidates = unsettled[~settled], 2 * candidates
    return Neighbours(index, score)


def _best_of(bounds: Neighbours, penalties: _Penalties, top: int) -> Neighbours:
    """Returns each query's `top` candidates by exact score, refining as few as possible."""
    products = bounds.score + penalties.values[bounds.index]
    while True:
        scores = products - penalties.values[bounds.index]
        order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
        index = np.take_along_axis(bounds.index, order, axis=1)
        missing = np.unique(index[~penalties.exact[index]])
        if not len(missing):
            return Neighbours(index, np.take_along_axis(scores, order, axis=1))
        penalties.refine(missing)

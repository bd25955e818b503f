"""Correlation of two tables over pairs of languages, such as similarity and nearness.

Entries of such a table are not independent, since each language is in many of them. There are two
solutions: correlate the entries of one language at a time and average (Lin et al., 2024), or
correlate over all pairs and test by permuting languages instead of pairs (Mantel, 1967).
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float64, Int

from mlm_xling.evaluation.measures.language_similarity import Pairs

Measured = Float64[np.ndarray, "measured pair"]
"""Several tables of similarity."""
MIN_LANGUAGES = 4
"""Minimum number of languages; with three, each has two points, which always lie on a line."""
LISTED = 7
"""Maximum number of languages for which all permutations are tried."""
SAMPLED = 1_999
"""Number of permutations for more languages."""
_AT_ONCE = 1 << 22
_TIE = 1e-12
_ROUNDING = 1e-9
"""Relative size below which a table's remainder is rounding error."""


class PerLanguage(NamedTuple):
    """Correlations of one language's entries, averaged over languages."""

    pearson: Float64[np.ndarray, " measured"]
    spearman: Float64[np.ndarray, " measured"]


class Mantel(NamedTuple):
    """Correlation over all pairs, and its p-value by permuted languages.

    NaN if either side is constant."""

    correlation: Float64[np.ndarray, " measured"]
    p_value: Float64[np.ndarray, " measured"]
    """Two-sided p-value of the correlation."""


def per_language(similarities: Measured, nearness: Pairs, languages: int) -> PerLanguage:
    """Correlates each language's similarities to all others with their nearness.

    Languages with a constant row in either table are skipped; NaN if all are.
    """
    own = ~np.eye(languages, dtype=bool)
    near = _square(nearness[None], languages)[:, own].reshape(languages, -1)
    similar = _square(similarities, languages)[:, own].reshape(len(similarities), languages, -1)
    return PerLanguage(
        *(
            _mean(_correlation(of_similar, of_near))
            for of_similar, of_near in (
                (similar, near),
                (scipy.stats.rankdata(similar, axis=-1), scipy.stats.rankdata(near, axis=-1)),
            )
        )
    )


def mantel(
    similarities: Measured,
    nearness: Pairs,
    languages: int,
    seed: int = 0,
    control: Pairs | None = None,
) -> Mantel:
    """Correlates over all pairs, and permutes the languages of one of the tables.

    All permutations are tried for at most `LISTED` languages, a sample for more.

    Args:
      control: if given, the correlation is partial: `without` this table, on both sides, and anew
        after each permutation, as permuted residuals correlate with it (Legendre, 2000).
    """
    if control is not None:
        similarities, nearness = without(similarities, control), without(nearness, control)
    x, y = _standard(similarities), _standard(nearness)
    observed = x @ y
    beyond, count = np.zeros(len(x)), 0
    square = _square(y[None], languages)[0]
    first, second = np.triu_indices(languages, 1)
    orders = permutations(languages, seed)
    step = max(1, _AT_ONCE // len(first))
    for start in range(0, len(orders), step):
        some = orders[start : start + step]
        permuted = square[some[:, first], some[:, second]]
        if control is not None:
            permuted = _standard(without(permuted, control))
        beyond += (np.abs(permuted @ x.T) >= np.abs(observed) - _TIE).sum(axis=0)
        count += len(some)
    varies = np.any(x, axis=-1) & np.any(y)
    return Mantel(np.where(varies, observed, np.nan), np.where(varies, beyond / count, np.nan))


def permutations(languages: int, seed: int) -> Int[np.ndarray, "permutation language"]:
    """Returns all orders, or a sample; the observed one is included."""
    if languages <= LISTED:
        return np.array(list(itertools.permutations(range(languages))))
    rng = np.random.default_rng(seed)
    drawn = rng.permuted(np.tile(np.arange(languages), (SAMPLED, 1)), axis=1)
    return np.vstack([np.arange(languages), drawn])


def orders_tried(languages: int) -> int:
    """Returns the number of `permutations`; no p-value is below its inverse."""
    return math.factorial(languages) if languages <= LISTED else 1 + SAMPLED


def without(table: Float64[np.ndarray, "*measured pair"], control: Pairs) -> np.ndarray:
    """Subtracts what a linear regression on a third table explains of a table.

    The correlation of two such residuals is the partial correlation. Residuals within rounding
    error become zero.
    """
    centred = control - control.mean()
    rest = table - table.mean(axis=-1, keepdims=True)
    slope = rest @ centred / (centred @ centred or 1.0)
    left = rest - slope[..., None] * centred
    of_left, of_rest = (np.linalg.norm(side, axis=-1, keepdims=True) for side in (left, rest))
    return np.where(of_left > _ROUNDING * of_rest, left, 0.0)


def _square(tables: Measured, languages: int) -> np.ndarray:
    """Converts lists of pairs into symmetric tables, with zeros on the diagonal."""
    first, second = np.triu_indices(languages, 1)
    found = np.zeros((len(tables), languages, languages))
    found[:, first, second] = found[:, second, first] = tables
    return found


def _standard(table: Float64[np.ndarray, "*measured pair"]) -> np.ndarray:
    """Centres and scales to unit length; constant tables become zero."""
    rest = table - table.mean(axis=-1, keepdims=True)
    lengths = np.linalg.norm(rest, axis=-1, keepdims=True)
    varies = lengths > _TIE * np.abs(table).max(axis=-1, keepdims=True)
    return np.where(varies, rest / np.where(varies, lengths, 1), 0.0)


def _correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's correlation along the last axis; NaN if either side is constant."""
    x, y = _standard(x.astype(np.float64)), _standard(y.astype(np.float64))
    varies = np.any(x, axis=-1) & np.any(y, axis=-1)
    return np.where(varies, np.einsum("...p,...p->...", x, y), np.nan)


def _mean(correlations: np.ndarray) -> np.ndarray:
    """Averages over languages, ignoring NaN."""
    there = np.isfinite(correlations)
    counts = there.sum(axis=-1)
    sums = np.where(there, correlations, 0.0).sum(axis=-1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

"""Figures of dictionary induction for one table of vectors."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.evaluation.inputs.division import Dictionary
from mlm_xling.evaluation.measures.induction import Found, Questions, look_up
from mlm_xling.evaluation.measures.intervals import clustered_interval
from mlm_xling.evaluation.measures.neighbours import Neighbours
from mlm_xling.evaluation.measures.procrustes import aligned
from mlm_xling.evaluation.representations.common_words import (
    Common,
    Tables,
    covered,
    row_pairs,
)

Vectors = Float[np.ndarray, "_ embed"]
IntervalOf = Callable[[Sequence[str], np.ndarray], tuple[float, float] | None]
"""Returns the interval of the mean of a value of each word, if it is asked for."""


class Figure(NamedTuple):
    """A value and the words on which it was measured."""

    metric: str
    value: float
    interval: tuple[float, float] | None
    words: list[str]
    hits: Bool[np.ndarray, " word"] | None = None
    """Whether each word is found, if the value is the share of those that are."""
    candidates: Neighbours | None = None
    """Candidates found for each word, in the same case."""


def spaces_of(
    tables: Tables, dictionary: Dictionary, together: bool
) -> Iterator[tuple[str, tuple[Vectors, Vectors]]]:
    """Yields metric suffixes and the vectors of both sides in one space: mapped, and raw."""
    x, y = tables.source.vectors, tables.target.vectors
    if len(pairs := row_pairs(tables, dictionary.train)):
        yield "", aligned(x, y, x[pairs[:, 0]], y[pairs[:, 1]])
    if together:
        yield "_raw", (x, y)


def figures_of(
    tables: Tables,
    dictionary: Dictionary,
    common: Common | None,
    single: Common,
    seed: int | None,
    *,
    together: bool,
) -> Iterator[Figure]:
    """Yields all figures of a table.

    Args:
      common: words that all tables have; None restricts queries to single subwords.
      single: those of them that are a single subword.
      seed: for the intervals, which resample components of the dictionary; None for no intervals.
      together: whether both sides are of one encoder, so that raw vectors can be compared.
    """
    test, interval = dictionary.test, _of_components(dictionary, seed)
    spaces = dict(spaces_of(tables, dictionary, together))
    yield Figure("word_coverage", len(covered(test, tables)) / max(1, len(test)), None, list(test))
    if common and common.asked:
        alike = float(np.mean(common.alike))
        yield Figure("word_same_spelling", alike, None, list(common.asked))
        for suffix, vectors in spaces.items():
            yield from _scores(suffix, _look_up(tables, *vectors, common), common, interval)
    if single.asked:
        for suffix, vectors in spaces.items():
            found = _look_up(tables, *vectors, single)
            name, other = f"word_p@1_other_single{suffix}", ~single.alike
            yield from _first_right(name, found, single, other, interval)


def _look_up(tables: Tables, x: Vectors, y: Vectors, common: Common) -> Found:
    """Looks up the common words among the common words, in one space."""
    numbers, others = (
        {word: number for number, word in enumerate(side)}
        for side in (common.sources, common.targets)
    )
    questions = Questions(
        [numbers[word] for word in common.asked],
        [{others[other] for other in right} for right in common.asked.values()],
    )
    return look_up(*rows_of(tables, x, y, common.sources, common.targets), questions)


def rows_of(
    tables: Tables, x: Vectors, y: Vectors, words: Sequence[str], others: Sequence[str]
) -> tuple[Vectors, Vectors]:
    """Returns the vectors of some words, given those of all."""
    rows_x, rows_y = tables.source.index, tables.target.index
    return x[[rows_x[word] for word in words]], y[[rows_y[word] for word in others]]


def _of_components(dictionary: Dictionary, seed: int | None) -> IntervalOf:
    """Resamples whole components, as forms of a word are not independent."""
    if seed is None:
        return lambda words, values: None
    return lambda words, values: clustered_interval(values, dictionary.components_of(words), seed)


def _scores(suffix: str, found: Found, common: Common, interval: IntervalOf) -> Iterator[Figure]:
    words, everything = list(common.asked), np.ones(len(found.ranks), bool)
    yield from _first_right(f"word_p@1_other{suffix}", found, common, ~common.alike, interval)
    yield from _first_right(f"word_p@1_alike{suffix}", found, common, common.alike, interval)
    yield from _first_right(f"word_p@1{suffix}", found, common, everything, interval)
    hits = found.ranks <= 5
    yield Figure(f"word_p@5{suffix}", float(hits.mean()), interval(words, hits), words)
    reciprocal = 1 / found.ranks
    mean = float(reciprocal.mean())
    yield Figure(f"word_mrr@10{suffix}", mean, interval(words, reciprocal), words)


def _first_right(
    metric: str,
    found: Found,
    common: Common,
    chosen: Bool[np.ndarray, " word"],
    interval: IntervalOf,
) -> Iterator[Figure]:
    """Yields the P@1 of the chosen words, if there are any."""
    if chosen.any():
        hits = found.ranks[chosen] <= 1
        words = [word for word, is_one in zip(common.asked, chosen, strict=True) if is_one]
        candidates = Neighbours(*(side[chosen] for side in found.candidates))
        yield Figure(metric, float(hits.mean()), interval(words, hits), words, hits, candidates)

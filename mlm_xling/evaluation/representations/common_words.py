"""Words that all tables of an evaluation have, so that queries and candidates are equal."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from mlm_xling.evaluation.inputs.division import Translations
from mlm_xling.evaluation.representations.word_types import WordTable


class Tables(NamedTuple):
    """Word tables of both languages, from one kind of representation."""

    source: WordTable
    target: WordTable
    layer: int | None = None
    supplied: bool = False
    """Whether these are the user's vectors."""


class Common(NamedTuple):
    """Words that all tables have."""

    asked: Translations
    """Test words, each with the translations that all tables have."""
    sources: list[str]
    targets: list[str]
    """All words; translations are searched among the targets."""

    @property
    def alike(self) -> Bool[np.ndarray, " word"]:
        """Which of the query words are spelled like one of their translations."""
        return np.array([word in others for word, others in self.asked.items()], bool)


def common_of(test: Translations, everything: Sequence[Tables]) -> Common:
    """Keeps the test words, and the vocabularies, that all tables have."""
    asked = test if everything else {}
    for tables in everything:
        asked = covered(asked, tables)
    return Common(
        asked,
        _shared([tables.source for tables in everything]),
        _shared([tables.target for tables in everything]),
    )


def covered(words: Translations, tables: Tables) -> Translations:
    """Keeps the words and translations that have a vector."""
    sources, targets = tables.source.index, tables.target.index
    return {
        word: kept
        for word, others in words.items()
        if word in sources and (kept := tuple(other for other in others if other in targets))
    }


def row_pairs(tables: Tables, train: Translations) -> Int[np.ndarray, "pair 2"]:
    """Returns rows of words and of each of their translations, if both have a vector."""
    rows_x, rows_y = tables.source.index, tables.target.index
    pairs = [
        (rows_x[word], rows_y[other])
        for word, others in covered(train, tables).items()
        for other in others
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _shared(tables: list[WordTable]) -> list[str]:
    indices = [table.index for table in tables]
    first = tables[0].words if tables else ()
    return [word for word in first if all(word in index for index in indices)]

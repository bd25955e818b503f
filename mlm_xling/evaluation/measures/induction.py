"""Dictionary induction: whether the nearest word in the other language is a translation."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from mlm_xling.evaluation.measures.centring import directions, half_squares
from mlm_xling.evaluation.measures.csls import csls
from mlm_xling.evaluation.measures.neighbours import Neighbours
from mlm_xling.evaluation.measures.retrieval import TIE

Targets = Float[np.ndarray, "target other_embed"]
Mapped = Float[np.ndarray, "source other_embed"]
LOOKED_AT = 10
"""Number of candidates per word; a translation beyond them counts as not found."""


class Questions(NamedTuple):
    """Words to look up, as table rows, and the rows of all their translations."""

    words: list[int]
    answers: list[set[int]]


class Found(NamedTuple):
    """Results of looking words up."""

    ranks: Float[np.ndarray, " word"]
    """Rank of each word's best translation, from 1; inf if not found."""
    candidates: Neighbours
    """The best target rows by CSLS."""


def look_up(sources: Mapped, targets: Targets, questions: Questions) -> Found:
    """Looks words up by CSLS and ranks the best translation of each.

    Both tables are in one space and contain whole vocabularies, as CSLS uses all words. In ties
    wrong words rank first, so that lucky hits do not count.
    """
    sources, targets = directions(sources, targets)
    tie = TIE * (half_squares(sources).mean() + half_squares(targets).mean())
    found = csls(sources[questions.words], targets, sources, LOOKED_AT + 1)
    result = np.full(len(found.index), np.inf)
    for number, answers in enumerate(questions.answers):
        scores, right = found.score[number], np.isin(found.index[number], list(answers))
        best = scores[right].max(initial=-np.inf)
        if len(scores) > LOOKED_AT and scores[-1] >= best - tie:
            continue
        result[number] = 1 + (scores[~right] >= best - tie).sum()
    return Found(result, found)

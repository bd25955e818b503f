"""Dictionary induction: is the nearest word of the other language a translation?"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from mlm_xling.evaluation.measures.csls import csls
from mlm_xling.evaluation.measures.procrustes import Normalisation, orthogonal_map, unit

Sources = Float[np.ndarray, "source embed"]
Targets = Float[np.ndarray, "target other_embed"]
Mapped = Float[np.ndarray, "source other_embed"]
LOOKED_AT = 10
"""Candidates of a word; a translation beyond them counts as not found."""


class Questions(NamedTuple):
    """Words to look up, as rows of the tables, and the rows of all their translations."""

    words: list[int]
    answers: list[set[int]]


def normalised(
    sources: Sources, targets: Targets, pairs: Int[np.ndarray, "pair 2"]
) -> tuple[Mapped, Targets]:
    """Maps all source words into the targets' space by Procrustes, fitted on translation pairs.

    Both sides are iteratively normalised with the means of the pairs.

    Source: docs/method.md section 6.
    """
    fit_x, fit_y = sources[pairs[:, 0]], targets[pairs[:, 1]]
    normalise_x, normalise_y = Normalisation.fit(fit_x), Normalisation.fit(fit_y)
    to_y = orthogonal_map(normalise_x(fit_x), normalise_y(fit_y))
    return normalise_x(sources) @ to_y.T, normalise_y(targets)


def ranks(sources: Mapped, targets: Targets, questions: Questions) -> Float[np.ndarray, " word"]:
    """Ranks each word's best translation by CSLS, 1 for the first; inf if not found.

    Both tables are in one space and whole vocabularies: CSLS looks at all their words.
    """
    sources, targets = (unit(rows.astype(np.float32)) for rows in (sources, targets))
    found = csls(sources[questions.words], targets, sources, LOOKED_AT).index
    result = np.full(len(found), np.inf)
    for number, (candidates, answers) in enumerate(zip(found, questions.answers, strict=True)):
        right = [place for place, row in enumerate(candidates, 1) if int(row) in answers]
        if right:
            result[number] = right[0]
    return result

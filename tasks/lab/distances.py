"""How far the lab's languages are apart, as they were drawn: what a measure should find."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from jaxtyping import Float64

from tasks.lab.lexicon import CONTENT
from tasks.lab.realise import Language

Matrix = Float64[np.ndarray, "language language"]


def distances(languages: Sequence[Language]) -> dict[str, Matrix]:
    """Measures `grammar` and `lexicon`, by name.

    `grammar` is the share of the properties of `Grammar` in which two languages differ, `lexicon`
    the share of nouns, verbs, adjectives and adverbs that they write differently.
    """
    grammars = [tuple(asdict(language.grammar).values()) for language in languages]
    content = np.concatenate([languages[0].world.of(category) for category in CONTENT])
    lexicons = [[language.lexicon.stems[word][0] for word in content] for language in languages]
    return {"grammar": _shares(grammars), "lexicon": _shares(lexicons)}


def table(languages: Sequence[str], matrix: Matrix) -> str:
    """Writes a table for `config.evaluation.distances`."""
    rows = [["", *languages]]
    for name, row in zip(languages, matrix.tolist(), strict=True):
        rows.append([name, *(f"{value:.4f}" for value in row)])
    return "".join("\t".join(row) + "\n" for row in rows)


def _shares(properties: Sequence[Sequence[object]]) -> Matrix:
    """The share of properties in which each two differ."""
    return np.array(
        [
            [np.mean([a != b for a, b in zip(one, other, strict=True)]) for other in properties]
            for one in properties
        ]
    )

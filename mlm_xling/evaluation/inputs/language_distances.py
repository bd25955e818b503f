"""Distances between languages: computed from the sentences, or read from tables."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlm_xling.data.distances import FIELD, Matrix, read_distances
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.languages_side_by_side import languages_side_by_side
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.evaluation.measures.edit_distance import mean_edit_distance, subword_distance
from mlm_xling.evaluation.measures.matrix_correlation import MIN_LANGUAGES
from mlm_xling.preparation.lab import lab_distances

LEXICAL, SUBWORDS, LAB = "lexical", "subwords", "lab:"
_LOOKED_AT = 500
"""Maximum number of sentences to compare as strings; 100 languages have 4,950 pairs."""


class Distances(NamedTuple):
    """Distances between languages in one respect."""

    languages: tuple[str, ...]
    """Languages of the run with known distances, in order."""
    matrix: Matrix


def given_distances(inputs: Inputs) -> dict[str, Distances]:
    """Reads the tables of `config.evaluation.distances`, by file name.

    Reports languages missing from a table, and tables with too few, in one line each.

    Raises:
      InputError: as `read_distances`, or two tables have the same name, or a reserved one.
    """
    languages = inputs[languages_side_by_side]
    found: dict[str, Distances] = {}
    config = inputs.source.config
    for name in config.evaluation.distances if languages else ():
        path = Path(name).expanduser()
        if name.startswith(LAB):
            path = lab_distances(config, name.removeprefix(LAB))
        if path.stem in (LEXICAL, SUBWORDS, *found):
            raise InputError(
                f"{FIELD}={name}: there is a distance {path.stem!r}; name it otherwise"
            )
        table = Distances(*read_distances(path, languages))
        if lacking := [language for language in languages if language not in table.languages]:
            inputs.warn(f"{path}: does not know {', '.join(lacking)}; left out there")
        if len(table.languages) < MIN_LANGUAGES:
            inputs.warn(
                f"{path}: correlations need at least {MIN_LANGUAGES} languages that it knows"
            )
        elif np.ptp(table.matrix[np.triu_indices(len(table.languages), 1)]) == 0:
            inputs.warn(f"{path}: all of these languages are as far apart; nothing goes with that")
        else:
            found[path.stem] = table
    return found


def language_distances(inputs: Inputs) -> dict[str, Distances]:
    """Returns all distances to correlate with similarities, by name.

    `lexical` is the mean edit distance of translations, `subwords` one minus the overlap in the
    model's subwords.

    Raises:
      InputError: as `given_distances`.
    """
    languages = inputs[languages_side_by_side]
    if len(languages) < MIN_LANGUAGES:
        return {}
    rows, vocabulary = inputs[parallel_rows].test, inputs.source.vocabulary
    sentences = {name: rows[name][:_LOOKED_AT] for name in languages}
    ids = {name: vocabulary.encode(sentences[name], name) for name in languages}
    matrices = np.zeros((2, len(languages), len(languages)))
    for i, one in enumerate(languages):
        for j, other in enumerate(languages[:i]):
            matrices[0, i, j] = mean_edit_distance(sentences[one], sentences[other])
            matrices[1, i, j] = subword_distance(ids[one], ids[other])
    lexical, subwords = matrices + matrices.swapaxes(1, 2)
    return {
        LEXICAL: Distances(languages, lexical),
        SUBWORDS: Distances(languages, subwords),
        **inputs[given_distances],
    }

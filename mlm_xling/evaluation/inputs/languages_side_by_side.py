"""Languages of one encoder with the same sentences."""

from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, language_of, parallel_rows


def languages_side_by_side(inputs: Inputs) -> tuple[str, ...]:
    """Returns the languages that have a column, source first, without paraphrases.

    A cosine between two encoders is meaningless: then warns and returns no languages.

    Raises:
      InputError: as `parallel_rows`.
    """
    rows = inputs[parallel_rows]
    if not inputs.together:
        inputs.warn(
            "language_similarity: compares vectors of one encoder; nothing is measured between two"
        )
        return ()
    return languages_of(rows)


def languages_of(rows: ParallelRows) -> tuple[str, ...]:
    """Lists the languages of parallel rows without paraphrases."""
    return tuple(name for name in rows.test if language_of(name) == name)

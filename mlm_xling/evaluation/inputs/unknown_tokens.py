"""Detection of sentences mostly unknown to a vocabulary, on which results are meaningless."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Int

from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import language_of, parallel_rows
from mlm_xling.vocabulary import MAX_UNKNOWN

_LOOKED_AT = 1_000
"""Maximum number of sentences per language: enough to detect a few percent."""


def warn_of_unknown_tokens(inputs: Inputs) -> None:
    """Warns, as a need, if many tokens of parallel sentences are unknown to their model."""
    rows = inputs[parallel_rows]
    for name, sentences in rows.test.items():
        model = inputs.source if name == rows.source else inputs.target
        ids = model.vocabulary.encode(sentences[:_LOOKED_AT], language_of(name))
        if found := mostly_unknown(ids, model.vocabulary.special.unknown):
            inputs.warn(f"parallel sentences of {name!r}: {found}")


def mostly_unknown(
    sentences: Iterable[Sequence[int] | Int[np.ndarray, " token"]], unknown: int
) -> str:
    """Describes the share of unknown tokens if it is too large; else returns an empty string.

    Args:
      unknown: id of unknown tokens.
    """
    ids = np.concatenate(
        [np.zeros(0, np.int32), *(np.asarray(each, np.int32) for each in sentences)]
    )
    share = np.mean(ids == unknown) if len(ids) else 0
    if share <= MAX_UNKNOWN:
        return ""
    return (
        f"{share:.0%} of the tokens are unknown to the vocabulary of the model, which was trained "
        "on other characters; figures of them say little"
    )

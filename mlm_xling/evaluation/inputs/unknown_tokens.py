"""Sentences that a vocabulary hardly knows: what is measured on them says nothing."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Int

from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import language_of, parallel_rows
from mlm_xling.vocabulary import MOST_UNKNOWN

_LOOKED_AT = 1_000
"""Sentences of a language, at most: enough to tell a few percent."""


def warn_of_unknown_tokens(inputs: Inputs) -> None:
    """Warns, as a need, of parallel sentences of which many tokens are unknown to their model."""
    rows = inputs[parallel_rows]
    for name, sentences in rows.test.items():
        model = inputs.source if name == rows.source else inputs.target
        ids = model.vocabulary.encode(sentences[:_LOOKED_AT], language_of(name))
        if found := mostly_unknown(ids, model.vocabulary.special.unknown):
            inputs.warn(f"parallel sentences of {name!r}: {found}")


def mostly_unknown(
    sentences: Iterable[Sequence[int] | Int[np.ndarray, " token"]], unknown: int
) -> str:
    """Says which share of the tokens is unknown, where that is too large; else nothing.

    Args:
      unknown: the id of what has none.
    """
    ids = np.concatenate(
        [np.zeros(0, np.int32), *(np.asarray(each, np.int32) for each in sentences)]
    )
    share = np.mean(ids == unknown) if len(ids) else 0
    if share <= MOST_UNKNOWN:
        return ""
    return (
        f"{share:.0%} of the tokens are unknown to the vocabulary of the model, which was trained "
        "on other characters; figures of them say little"
    )

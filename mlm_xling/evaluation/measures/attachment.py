"""Attachment scores of dependency trees, as computed by the CoNLL 2018 scorer."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from mlm_xling.evaluation.measures.ratio import Ratio, ratio

CONTENT = frozenset(
    [
        "nsubj",
        "obj",
        "iobj",
        "csubj",
        "ccomp",
        "xcomp",
        "obl",
        "vocative",
        "expl",
        "dislocated",
        "advcl",
        "advmod",
        "discourse",
        "nmod",
        "appos",
        "nummod",
        "acl",
        "amod",
        "conj",
        "fixed",
        "flat",
        "compound",
        "list",
        "parataxis",
        "orphan",
        "goeswith",
        "reparandum",
        "root",
        "dep",
    ]
)
"""Relations of content words (Zeman et al., 2018, section 5: CLAS)."""


class Tree(NamedTuple):
    """A sentence's dependencies; word i is at index i - 1."""

    heads: Int[np.ndarray, " word"]
    """Index of each word's head, 0 for the root; -1 without a prediction."""
    relations: Sequence[str]
    """Relation of each word to its head, without subtypes; empty without a prediction."""


def attachment_scores(
    gold: Sequence[Tree], predicted: Sequence[Tree], punctuation: Sequence[np.ndarray]
) -> dict[str, Ratio]:
    """Computes UAS and LAS without and with punctuation, and CLAS, the F1 of content words.

    Args:
      punctuation: for each word of each sentence, whether UAS and LAS exclude it.
    """
    names = ("uas", "las", "uas_punct", "las_punct", "clas")
    rows = [_counts(*sentence) for sentence in zip(gold, predicted, punctuation, strict=True)]
    return {name: ratio([row[i] for row in rows]) for i, name in enumerate(names)}


def _counts(gold: Tree, predicted: Tree, punctuation: Bool[np.ndarray, " word"]) -> list[tuple]:
    """Returns (numerator, denominator) of each metric."""
    attached = gold.heads == predicted.heads
    same = [a == b for a, b in zip(gold.relations, predicted.relations, strict=True)]
    labelled = attached & np.array(same, bool)
    words = ~np.asarray(punctuation, bool)
    content, said = (
        np.array([relation in CONTENT for relation in tree.relations], bool)
        for tree in (gold, predicted)
    )
    return [
        ((attached & words).sum(), words.sum()),
        ((labelled & words).sum(), words.sum()),
        (attached.sum(), len(words)),
        (labelled.sum(), len(words)),
        (2 * (labelled & content).sum(), content.sum() + said.sum()),
    ]

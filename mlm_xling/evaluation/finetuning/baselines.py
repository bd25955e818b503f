"""Baselines: what a score has to exceed to be evidence about an encoder.

They are trained on the source language's training data and tested on the same sentences as
fine-tuned encoders (docs/method.md section 5). Those in this module only know the word itself.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.examples import Predictions
from mlm_xling.languages import share_strings

Answer = Callable[[Table], Predictions]
"""Maps a table to a trained baseline's predictions for all words."""
Attachment = tuple[int, int]
"""Distance from a dependent to its head in words, or `_ROOT`, and the relation."""
_ROOT = 0
"""Distance that marks roots; no other word has it."""


class Baseline(NamedTuple):
    """A predictor without an encoder."""

    description: str
    """What it predicts; printed after its name in reports."""
    learn: Callable[[Table, str], Answer]
    """Trains on a table, given the name of the column with its labels."""
    by_form: bool = False
    """Whether it uses the identity of words or tokens, not only how many, or which, are equal."""

    def is_fair(self, source: str, target: str) -> bool:
        """Returns whether it knows nothing of the target that a model could not know.

        If one language is shifted, a model cannot see the strings that the two share.
        """
        return not self.by_form or share_strings(source, target)


def majority_label(train: Table, column: str) -> Answer:
    """Learns the most frequent label."""
    best = np.bincount(np.concatenate(train.columns[column])).argmax()
    return lambda table: [np.full((len(cell), 1), best, np.int32) for cell in table.columns[column]]


def label_lookup(
    keys: Callable[[Table], Sequence[Sequence[Hashable]]],
) -> Callable[[Table, str], Answer]:
    """Creates a learner of each key's most frequent label, with the overall one as default.

    Args:
      keys: returns the key of every word of every sentence.
    """

    def learn(train: Table, column: str) -> Answer:
        labels = np.concatenate(train.columns[column]).tolist()
        known = most_frequent(zip(itertools.chain.from_iterable(keys(train)), labels, strict=True))
        default = most_frequent((None, label) for label in labels)[None]
        return lambda table: [
            np.array([[known.get(key, default)] for key in of_sentence], np.int32)
            for of_sentence in keys(table)
        ]

    return learn


def words(table: Table) -> list[list[str]]:
    """Lists the words of every sentence as written."""
    return table.strings("words")


def majority_attachment(train: Table, column: str) -> Answer:
    """Learns the most frequent head distance and relation, excluding roots."""
    common = _most_common(_attachments(train, column))
    return lambda table: [_tree([common] * len(cell)) for cell in table.columns[column]]


def attachment_lookup(train: Table, column: str) -> Answer:
    """Learns each word's most frequent head distance and relation, with an overall default.

    A word that is most often the root is always predicted as root, so sentences may get several.
    """
    attachments = _attachments(train, column)
    known = most_frequent(
        zip(itertools.chain.from_iterable(words(train)), attachments, strict=True)
    )
    common = _most_common(attachments)
    return lambda table: [
        _tree([known.get(word, common) for word in of_sentence]) for of_sentence in words(table)
    ]


def most_frequent(seen: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Returns the most frequent value of each key; the smallest if several tie."""
    counts: defaultdict[Any, Counter] = defaultdict(Counter)
    for key, what in seen:
        counts[key][what] += 1
    return {key: min(of_key, key=lambda one: (-of_key[one], one)) for key, of_key in counts.items()}


def _attachments(table: Table, column: str) -> list[Attachment]:
    """Lists the attachments of all words of all sentences."""
    return [
        (_ROOT if head == 0 else head - word, relation)
        for heads, relations in zip(table.columns["heads"], table.columns[column], strict=True)
        for word, (head, relation) in enumerate(
            zip(heads.tolist(), relations.tolist(), strict=True), 1
        )
    ]


def _most_common(attachments: Sequence[Attachment]) -> Attachment:
    of_dependents = [one for one in attachments if one[0] != _ROOT] or attachments
    return most_frequent((None, one) for one in of_dependents)[None]


def _tree(attachments: Sequence[Attachment]) -> Int32[np.ndarray, "word 2"]:
    """Returns heads and relations; a head beyond the sentence becomes the root."""
    distances, relations = np.array(attachments, np.int32).T
    heads = np.arange(1, len(attachments) + 1) + distances
    outside = (distances == _ROOT) | (heads < 1) | (heads > len(attachments))
    return np.stack([np.where(outside, 0, heads), relations], axis=1).astype(np.int32)


MAJORITY = Baseline("what is most frequent in the training data", majority_label)
LOOKUP = Baseline(
    "each word's most frequent label in the training data; for a word not seen there, the most "
    "frequent label of all",
    label_lookup(words),
    by_form=True,
)

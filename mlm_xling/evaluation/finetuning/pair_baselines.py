"""Baselines for inference: what predicts labels without relating meanings.

All use the encoder's input tokens as unordered sets. Sources: Poliak et al. (2018) and Gururangan
et al. (2018) for the hypothesis alone, Naik et al. (2018) and McCoy et al. (2019) for overlap and
for words like "not" in one of the sentences.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple

import numpy as np

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.baselines import (
    MAJORITY,
    Answer,
    Baseline,
    label_lookup,
)

_BINS = 10
"""Number of bins for token shares, rounded down; a share of 1 has a bin of its own."""


class Pair(NamedTuple):
    """The distinct tokens of a pair's sentences."""

    premise: frozenset[int]
    hypothesis: frozenset[int]


Features = Callable[[Pair], list[Hashable]]


def hypothesis_tokens(pair: Pair) -> list[Hashable]:
    """Lists the tokens of the hypothesis."""
    return list(pair.hypothesis)


def overlap(pair: Pair) -> tuple[int, int]:
    """Returns binned shares of the hypothesis's tokens in the premise, and vice versa.

    Together they tell which sentences are equal, and which one is longer.
    """
    both = len(pair.premise & pair.hypothesis)
    in_premise, in_hypothesis = (_BINS * both // max(len(tokens), 1) for tokens in reversed(pair))
    return in_premise, in_hypothesis


def differing_tokens(pair: Pair) -> list[Hashable]:
    """Lists the tokens that only one of the sentences has, by sentence, and the `overlap`."""
    premise, hypothesis = pair
    return [
        *(("premise", token) for token in premise - hypothesis),
        *(("hypothesis", token) for token in hypothesis - premise),
        ("overlap", overlap(pair)),
    ]


def linear_classifier(features: Features) -> Callable[[Table, str], Answer]:
    """Creates a learner of a logistic regression on features; falls back to the majority."""

    def read(table: Table) -> list[list[Hashable]]:
        return [features(pair) for pair in _pairs(table)]

    def learn(train: Table, column: str) -> Answer:
        labels, given = np.concatenate(train.columns[column]), read(train)
        if len(np.unique(labels)) == 1 or not any(given):
            return MAJORITY.learn(train, column)
        classifier = _logistic_regression()
        classifier.fit(given, labels)
        return lambda table: list(
            classifier.predict(read(table)).astype(np.int32).reshape(-1, 1, 1)
        )

    return learn


def _logistic_regression() -> Any:
    # Importing it takes as long as importing JAX, and most programs do not need it.
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        CountVectorizer(analyzer=list, binary=True),  # pyright: ignore[reportArgumentType]
        SGDClassifier(loss="log_loss", average=True, random_state=0),
    )


def _pairs(table: Table) -> Iterator[Pair]:
    for sentences in zip(table.columns["premise"], table.columns["hypothesis"], strict=True):
        yield Pair(*(frozenset(ids.tolist()) for ids in sentences))


HYPOTHESIS_ONLY = Baseline(
    "a linear classifier of the hypothesis's tokens, which does not see the premise",
    linear_classifier(hypothesis_tokens),
    by_form=True,
)
OVERLAP = Baseline(
    "the label most frequent in the training data among pairs that share as large a part of their "
    "tokens",
    label_lookup(lambda table: [[overlap(pair)] for pair in _pairs(table)]),
)
DIFFERENCE = Baseline(
    "a linear classifier of how many tokens the two sentences share and of those that only one of "
    'them has, a "not" for instance',
    linear_classifier(differing_tokens),
    by_form=True,
)

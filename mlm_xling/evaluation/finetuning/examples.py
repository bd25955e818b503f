"""Examples: windows of tokens, the positions of words in them, and their targets."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from mlm_xling.evaluation.finetuning.windows import Limits, sentence_windows

UNKNOWN_TARGET = -1
"""Target of a word without a learnable answer; it does not contribute to the loss."""
Predictions = list[Int[np.ndarray, "_ target"]]
"""One array per sentence; rows are words, columns are those of the examples' targets."""


class Example(NamedTuple):
    """An input of the model; a sentence to tag may give several, a sentence to parse gives one."""

    windows: list[list[int]]
    window: Int[np.ndarray, " word"]
    """Index of the window in which each word is read."""
    position: Int[np.ndarray, " word"]
    """Position in its window at which each word is read."""
    targets: Int[np.ndarray, "word target"]
    sentence: int
    """Index of the sentence in its table."""
    first: int
    """Index of the first word in the sentence."""


def room(limits: Limits) -> int:
    """Returns how many tokens of a pair fit in a sequence, beside the special ones."""
    return limits.special.room(limits.length) - len(limits.special.between)


def pair_example(
    premise: Int[np.ndarray, " token"],
    hypothesis: Int[np.ndarray, " other_token"],
    target: int,
    sentence: int,
    limits: Limits,
) -> Example:
    """Concatenates a pair, to be read at the first token (`</s> premise </s> hypothesis </s>`).

    If the sequence is too long, the longer sentence is truncated.
    """
    special, most = limits.special, room(limits)
    a = premise[: max(most - len(hypothesis), most // 2)]
    b = hypothesis[: most - len(a)]
    window = special.wrap([*a.tolist(), *special.between, *b.tolist()])
    nought = np.zeros(1, np.int32)
    return Example([window], nought, nought, np.array([[target]], np.int32), sentence, 0)


def tagging_examples(
    ids: Int[np.ndarray, " token"],
    subwords: Int[np.ndarray, " word"],
    targets: Int[np.ndarray, "word target"],
    sentence: int,
    limits: Limits,
) -> Iterator[Example]:
    """Yields one example per window; every word is in exactly one."""
    for window in sentence_windows(ids, subwords, limits):
        words = slice(window.first, window.first + len(window.positions))
        yield Example(
            [window.ids],
            np.zeros(len(window.positions), np.int32),
            np.array(window.positions, np.int32),
            targets[words],
            sentence,
            window.first,
        )


def parsing_example(
    ids: Int[np.ndarray, " token"],
    subwords: Int[np.ndarray, " word"],
    targets: Int[np.ndarray, "word 2"],
    sentence: int,
    limits: Limits,
) -> Example:
    """Splits a sentence into at most `limits.windows`, dropping the words beyond.

    `targets` holds heads and relations; a dropped head becomes unknown.
    """
    windows = sentence_windows(ids, subwords, limits)[: limits.windows]
    counts = [len(window.positions) for window in windows]
    kept = targets[: sum(counts)].copy()
    kept[kept[:, 0] > len(kept), 0] = UNKNOWN_TARGET
    return Example(
        [window.ids for window in windows],
        np.repeat(np.arange(len(windows), dtype=np.int32), counts),
        np.concatenate([window.positions for window in windows]).astype(np.int32),
        kept,
        sentence,
        0,
    )


def gather(
    examples: Sequence[Example],
    predictions: Sequence[Int[np.ndarray, "_ target"]],
    words: Sequence[int],
) -> Predictions:
    """Collects the predictions of examples by sentence.

    Args:
      predictions: for the words of each example.
      words: number of words of each sentence.

    Returns:
      For each sentence, the predictions of all its words; -1 for dropped words.
    """
    targets = predictions[0].shape[-1]
    whole = [np.full((count, targets), UNKNOWN_TARGET, np.int32) for count in words]
    for example, predicted in zip(examples, predictions, strict=True):
        whole[example.sentence][example.first : example.first + len(predicted)] = predicted
    return whole

"""Cutting the text of a language to a size, so that all languages have equally much."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.text import sentence_hash
from mlm_xling.vocabulary import Vocabulary

Measure = Callable[[list[str]], list[int]]
"""The size of each sentence."""
_DOCUMENTS_AT_ONCE = 32


def make_measure(unit: str, vocabulary: Vocabulary, language: str, left_out: LeftOut) -> Measure:
    """Measures in `sentences` or `tokens`, `</s>` included; what is left out weighs nothing."""

    def measure(sentences: list[str]) -> list[int]:
        sizes = [1] * len(sentences)
        if unit == "tokens":
            sizes = [len(ids) + 1 for ids in vocabulary.encode(sentences, language)]
        kept = (left_out.reason(line, sentence_hash(line)) is None for line in sentences)
        return [size * keep for size, keep in zip(sizes, kept, strict=True)]

    return measure


def total_size(documents: tf.data.Dataset, measure: Measure) -> int:
    """The size of all documents `{"text": sentences joined by newline}`."""
    texts = documents.map(lambda document: document["text"]).as_numpy_iterator()
    return sum(sum(measure(_sentences(text))) for text in texts)


class Cut:
    """A preprocessor that keeps a random `keep` of `total`, in the order of the documents.

    Documents stay whole except where that would miss the size, which is met exactly in sentences
    and to less than a sentence in tokens. (Knuth, TAOCP 3.4.2, algorithm S, with sizes.)
    """

    def __init__(self, measure: Measure, total: int, keep: int, seed: str):
        self._measure = measure
        self._left, self._wanted = total, keep
        self._random = random.Random(seed)

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Maps documents `{"text": string}` to fewer of them."""

        def cut(texts: np.ndarray) -> np.ndarray:
            kept = (self._kept(_sentences(text)) for text in texts)
            return np.array(["\n".join(lines).encode() for lines in kept if lines], object)

        def cut_tf(texts: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.numpy_function(cut, [texts], tf.string), [None])

        batches = dataset.batch(_DOCUMENTS_AT_ONCE)
        return batches.map(lambda example: {"text": cut_tf(example["text"])}).unbatch()

    def _kept(self, sentences: list[str]) -> list[str]:
        sizes = self._measure(sentences)
        chosen = self._random.random() * self._left < self._wanted
        self._left -= sum(sizes)
        room = self._wanted if chosen else max(0, self._wanted - self._left)
        kept = int(np.searchsorted(np.cumsum(sizes), room, side="right"))
        self._wanted -= sum(sizes[:kept])
        return sentences[:kept] if room else []


def _sentences(text: Any) -> list[str]:
    return [line for line in map(str.strip, text.decode().split("\n")) if line]

"""Keeping sentences that evaluation reserves out of the text."""

from collections.abc import Collection
from typing import BinaryIO

import numpy as np
import tensorflow as tf

from mlm_xling.data.text import sentence_hash


class Holdout:
    """A preprocessor that drops reserved sentences and counts what passed."""

    def __init__(self, reserved: Collection[int] = (), kept_hashes: BinaryIO | None = None):
        """Takes hashes of sentences to drop, and a file for the hashes of those that stay."""
        self._reserved = reserved
        self._kept_hashes = kept_hashes
        self.kept = 0
        self.dropped = 0

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Maps batches of sentences `{"text": string[n]}` to batches of at most n."""

        def drop(text: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.numpy_function(self._drop, [text], tf.string), [None])

        return dataset.map(lambda example: {"text": drop(example["text"])})

    def _drop(self, sentences: np.ndarray) -> np.ndarray:
        hashes = [sentence_hash(sentence.decode()) for sentence in sentences]
        stays = np.array([value not in self._reserved for value in hashes], bool)
        self.kept += int(stays.sum())
        self.dropped += int((~stays).sum())
        if self._kept_hashes is not None:
            self._kept_hashes.write(np.array(hashes, "<u8")[stays].tobytes())
        return sentences[stays]

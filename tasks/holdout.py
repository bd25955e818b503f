"""Keeping sentences out of the text that evaluation, or another language, has."""

from collections import Counter
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import tensorflow as tf

from mlm_xling.data.left_out import LeftOut, Reason
from mlm_xling.data.text import sentence_hash


class Holdout:
    """A preprocessor that drops sentences and counts what passed."""

    def __init__(
        self,
        left_out: LeftOut | None = None,
        kept_hashes: BinaryIO | None = None,
        replace: Callable[[str], str] | None = None,
    ):
        """Takes what to drop, a file for the hashes of the sentences that are read, and what puts
        others in the place of some that stay."""
        self.left_out = left_out or LeftOut()
        self._kept_hashes, self._replace = kept_hashes, replace
        self._counts: Counter[Reason | None] = Counter()

    @property
    def kept(self) -> int:
        """Sentences that stayed."""
        return self._counts[None]

    def dropped(self, reason: Reason) -> int:
        """Counts the sentences that were dropped for a reason."""
        return self._counts[reason]

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Maps batches of sentences `{"text": string[n]}` to batches of at most n."""

        def drop(text: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.numpy_function(self._drop, [text], tf.string), [None])

        return dataset.map(lambda example: {"text": drop(example["text"])})

    def _drop(self, sentences: np.ndarray) -> np.ndarray:
        lines = [sentence.decode() for sentence in sentences]
        hashes = [sentence_hash(line) for line in lines]
        reasons = [self.left_out.reason(*each) for each in zip(lines, hashes, strict=True)]
        self._counts.update(reasons)
        stays = np.array([reason is None for reason in reasons], bool)
        kept = sentences[stays]
        if self._replace is not None:
            read = [self._replace(sentence.decode()) for sentence in kept]
            kept = np.array([line.encode() for line in read], object)
            hashes, stays = list(map(sentence_hash, read)), np.ones(len(read), bool)
        if self._kept_hashes is not None:
            self._kept_hashes.write(np.array(hashes, "<u8")[stays].tobytes())
        return kept

"""Keeping sentences out of the text that evaluation, or another language, has."""

from collections import Counter
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import tensorflow as tf
from jaxtyping import UInt8, UInt64

from mlm_xling.data.left_out import LeftOut, Reason
from mlm_xling.data.text import sentence_hash
from tasks.all_cores import OnAllCores
from tasks.sentences import REASONS, Examine


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
        self._examine = OnAllCores(Examine(self.left_out))
        self._counts: Counter[Reason | None] = Counter()

    def close(self) -> None:
        """Ends the processes that examined sentences."""
        self._examine.close()

    @property
    def kept(self) -> int:
        """Sentences that stayed."""
        return self._counts[None]

    def dropped(self, reason: Reason) -> int:
        """Counts the sentences that were dropped for a reason."""
        return self._counts[reason]

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Maps batches of sentences `{"text": string[n]}` to batches of at most n."""

        def examine(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
            text = example["text"]
            return text, *tf.numpy_function(self._examine, [text], [tf.uint8, tf.uint64])

        def drop(*examined: tf.Tensor) -> dict[str, tf.Tensor]:
            kept = tf.numpy_function(self._drop, examined, tf.string)
            return {"text": tf.ensure_shape(kept, [None])}

        # Only what is asked of each sentence by itself may be asked out of order.
        at_once = self._examine.at_once
        return dataset.map(examine, num_parallel_calls=at_once, deterministic=True).map(drop)

    def _drop(
        self,
        sentences: np.ndarray,
        reasons: UInt8[np.ndarray, " sentence"],
        hashes: UInt64[np.ndarray, " sentence"],
    ) -> np.ndarray:
        self._counts.update(REASONS[reason] for reason in reasons)
        kept, hashes = sentences[reasons == 0], hashes[reasons == 0]
        if self._replace is not None:
            read = [self._replace(sentence.decode()) for sentence in kept]
            kept = np.array([line.encode() for line in read], object)
            hashes = np.array([sentence_hash(line) for line in read], np.uint64)
        if self._kept_hashes is not None:
            self._kept_hashes.write(hashes.astype("<u8").tobytes())
        return kept

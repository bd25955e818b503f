"""Making ids of sentences: the longest part of preparation."""

import numpy as np
import tensorflow as tf

from mlm_xling.vocabulary import END
from tasks.all_cores import OnAllCores
from tasks.sentences import Encode


class Tokenise:
    """A preprocessor that makes ids of sentences and counts the words that code-switching met."""

    def __init__(self, encode: Encode):
        """Takes what makes them."""
        self.encode = encode
        self._encode = OnAllCores(encode)
        self._words = np.zeros(2, np.int64)

    def close(self) -> None:
        """Ends the processes that made ids."""
        self._encode.close()

    @property
    def words(self) -> int:
        """Words that have passed code-switching."""
        return int(self._words[0])

    @property
    def switched(self) -> int:
        """Words that code-switching replaced."""
        return int(self._words[1])

    def __call__(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Maps batches of sentences to ids `{"targets": int32[n]}`, after an opening `</s>`."""

        def encode(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
            return tf.numpy_function(self._encode, [example["text"]], [tf.int32, tf.int64])

        def count(*encoded: tf.Tensor) -> dict[str, tf.Tensor]:
            ids = tf.numpy_function(self._count, encoded, tf.int32)
            return {"targets": tf.ensure_shape(ids, [None])}

        opening = tf.data.Dataset.from_tensors({"targets": tf.constant([END])})
        at_once = self._encode.at_once
        encoded = dataset.map(encode, num_parallel_calls=at_once, deterministic=True)
        return opening.concatenate(encoded.map(count))

    def _count(self, ids: np.ndarray, words: np.ndarray) -> np.ndarray:
        self._words += words
        return ids

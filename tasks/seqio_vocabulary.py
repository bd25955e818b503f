"""Our vocabulary in SeqIO's terms."""

from collections.abc import Sequence

import numpy as np
import seqio
import tensorflow as tf

from mlm_xling.tokenizer import Tokenizer
from mlm_xling.vocabulary import END, PAD, UNKNOWN


class SeqioVocabulary(seqio.Vocabulary):
    """A `Tokenizer` for one language as a `seqio.Vocabulary`.

    As SeqIO has it, decoding stops after the first `</s>`.
    """

    def __init__(self, vocabulary: Tokenizer, language: str):
        """Takes what `encode` and `decode` of the vocabulary need."""
        super().__init__()
        self._vocabulary = vocabulary
        self._language = language

    def __eq__(self, other: object) -> bool:
        """Whether ids mean the same; SeqIO asks this of the tasks of a mixture."""
        return (
            isinstance(other, SeqioVocabulary)
            and self._vocabulary.fingerprint == other._vocabulary.fingerprint
        )

    def __hash__(self) -> int:
        return hash(self._vocabulary.fingerprint)

    @property
    def eos_id(self) -> int:
        """`</s>`."""
        return END

    @property
    def pad_id(self) -> int:
        """`<pad>`."""
        return PAD

    @property
    def unk_id(self) -> int:
        """`<unk>`."""
        return UNKNOWN

    @property
    def _base_vocab_size(self) -> int:
        return self._vocabulary.size

    def _encode(self, s: str) -> list[int]:
        return self._vocabulary.encode([s], self._language)[0]

    def _decode(self, ids: Sequence[int] | np.ndarray) -> str:
        return self._vocabulary.decode(ids, self._language)

    def _encode_tf(self, s: tf.Tensor) -> tf.Tensor:
        def encode(texts: np.ndarray) -> np.ndarray:
            return np.array(self._encode(texts[0].decode()), np.int32)

        # A scalar would arrive as an array or as bytes, depending on the mode of execution.
        ids = tf.numpy_function(encode, [tf.reshape(s, [1])], tf.int32)
        return tf.ensure_shape(ids, [None])

    def _decode_tf(self, ids: tf.Tensor) -> tf.Tensor:
        def decode(ids: np.ndarray) -> np.ndarray:
            rows = ids.reshape(-1, ids.shape[-1])
            texts = [self._decode(row).encode() for row in rows]
            return np.array(texts, object).reshape(ids.shape[:-1])

        return tf.ensure_shape(tf.numpy_function(decode, [ids], tf.string), ids.shape[:-1])

"""Labelled sentences as SeqIO sources, and their words as ids.

Sentences are read as a whole before TensorFlow sees them, so that what is wrong with a file is
told as such and not from inside a pipeline.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import seqio
import tensorflow as tf

from mlm_xling.data.location import Location
from mlm_xling.running_text import encode_text, joined
from mlm_xling.tokenizer import Tokenizer
from mlm_xling.words import is_unspaced_language
from tasks.builders import read_builder

STRINGS = tf.TensorSpec([None], tf.string)  # pyright: ignore[reportCallIssue]
NUMBERS = tf.TensorSpec([None], tf.int32)  # pyright: ignore[reportCallIssue]
_NATIVE_DEV = {
    "universal_dependencies": "dev",
    "conll2003": "dev",
    "multi_nli": "validation_matched",
}


def records_source(
    location: Location,
    read: Callable[[Location], Iterable[tuple]],
    signature: Mapping[str, tf.TensorSpec],
) -> seqio.FunctionDataSource:
    """The records of a location, their fields named by `signature`, as its split.

    Raises (when the dataset is asked for):
      InputError: whatever `read` raises.
    """

    def of_split(split: str, shuffle_files: bool, seed: int | None = None) -> tf.data.Dataset:
        del split, shuffle_files, seed
        records = list(read(location))

        def examples() -> Iterator[dict[str, Sequence]]:
            for record in records:
                yield dict(zip(signature, record, strict=True))

        return tf.data.Dataset.from_generator(examples, output_signature=dict(signature))

    return seqio.FunctionDataSource(of_split, (location.split,))


def tfds_examples(location: Location) -> tuple[Iterator[dict[str, Any]], Any]:
    """The examples of a TFDS builder's split as NumPy values, and the builder's features.

    Raises:
      InputError: TFDS has no such builder, language or split, or cannot fetch it.
    """
    native = location.split
    if native == "dev":
        native = _NATIVE_DEV.get(location.builder.partition("/")[0].partition(":")[0], "validation")
    field = f"{location.field}=tfds:{location.builder}"
    dataset, features = read_builder(location.builder, native, field)
    examples: Any = dataset.as_numpy_iterator()
    return examples, features


def encode_words(dataset: tf.data.Dataset, vocabulary: Tokenizer, language: str) -> tf.data.Dataset:
    """Adds to `words: string[w]` their `ids: int32[n]` and `subwords: int32[w]`, see `word_ids`.

    If there are `spaces: int32[w]`, which say whether a space follows each word, they are heeded in
    scripts that leave no space between words.
    """

    def encode(words: np.ndarray, spaces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        decoded = [word.decode() for word in words]
        ids, subwords = word_ids(decoded, vocabulary, language, spaces.astype(bool).tolist())
        return np.array(ids, np.int32), np.array(subwords, np.int32)

    def encode_tf(example: dict) -> dict:
        rest = {name: value for name, value in example.items() if name != "spaces"}
        given = [example["words"], example.get("spaces", tf.zeros([0], tf.int32))]
        ids, subwords = tf.numpy_function(encode, given, (tf.int32, tf.int32))
        return {
            "ids": tf.ensure_shape(ids, [None]),
            "subwords": tf.ensure_shape(subwords, [None]),
            **rest,
        }

    return dataset.map(encode_tf)


def word_ids(
    words: Sequence[str], vocabulary: Tokenizer, language: str, spaces: Sequence[bool] = ()
) -> tuple[list[int], list[int]]:
    """Encodes a sentence: its ids, and how many of them go from each word to the next.

    A word's first id stands for it. Where spaces separate words, each is encoded by itself; one
    that encodes to nothing (white space, say) becomes the unknown token, so that every word has a
    first id and labels cannot shift. Elsewhere the text is encoded as it is written. Then a word
    whose characters are all in the id of another, or in none, has none to itself, and ids before
    the first word belong to none.
    """
    if not is_unspaced_language(language):
        unknown = [vocabulary.special.unknown]
        encoded = [ids or unknown for ids in vocabulary.encode(vocabulary.apart(words), language)]
        return [i for ids in encoded for i in ids], [len(ids) for ids in encoded]
    ids, first = encode_text(joined(words, language, spaces), vocabulary, language)
    return ids, np.diff([*first, len(ids)]).tolist()


def cells(*numbers: str, strings: Sequence[str] = ()) -> dict:
    """Output features that are sequences, as a table's columns are."""
    plain = seqio.PassThroughVocabulary(0)
    return {
        name: seqio.Feature(plain, add_eos=False, dtype=tf.string if name in strings else tf.int32)
        for name in (*numbers, *strings)
    }

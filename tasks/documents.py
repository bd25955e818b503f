"""Sources of documents for SeqIO: local text files and TFDS.

Every source yields `{"text": sentences joined by newline}` and has the splits `train` and
`dev`. `dev` holds the documents whose hash falls below `data.dev_fraction`, so a document is
always on the same side, whatever the order, and copies of it are too.
"""

from collections.abc import Collection, Iterator

import numpy as np
import seqio
import tensorflow as tf
from tensorflow_datasets.core.registered import DatasetNotFoundError

from mlm_xling.config import TFDS, DataConfig
from mlm_xling.data.sources import source_of, text_file, tfds_language, tfds_name
from mlm_xling.data.text import read_documents, sentence_hash
from mlm_xling.errors import InputError

SPLITS = ("train", "dev")
_BUCKETS = 1_000_000
_AT_ONCE = 64
"""Documents that Python hands to TensorFlow in one go; one by one takes several times longer."""
_WIKI40B_MARKERS = "_START_ARTICLE_|_START_SECTION_|_START_PARAGRAPH_|_NEWLINE_"

_UNAVAILABLE = (DatasetNotFoundError, ValueError, OSError, AssertionError)
"""What TFDS raises for an unknown language, an unreachable download, a missing manual step."""


def documents(
    data: DataConfig, language: str, left_out: Collection[int] = ()
) -> seqio.FunctionDataSource:
    """The documents of a language.

    Args:
      left_out: hashes (`sentence_hash`) of documents of a text file that are passed over.

    Raises:
      InputError: the file is missing or empty, or TFDS has no such language.
    """

    def everything() -> tf.data.Dataset:
        if source_of(data, language) in TFDS:
            return _from_tfds(data, language)
        return _from_file(data, language, left_out)

    def of_split(split: str, shuffle_files: bool, seed: int | None = None) -> tf.data.Dataset:
        del shuffle_files, seed  # tasks shuffle documents themselves
        is_dev = split == "dev"
        return everything().filter(
            lambda example: tf.equal(_in_dev(example["text"], data.dev_fraction), is_dev)
        )

    return seqio.FunctionDataSource(of_split, SPLITS)


def _in_dev(text: tf.Tensor, fraction: float) -> tf.Tensor:
    # TensorFlow promises that this hash (FarmHash's fingerprint) never changes.
    return tf.strings.to_hash_bucket_fast(text, _BUCKETS) < round(fraction * _BUCKETS)


def _from_file(data: DataConfig, language: str, left_out: Collection[int]) -> tf.data.Dataset:
    path = text_file(data, language)

    def blocks() -> Iterator[np.ndarray]:
        block: list[bytes] = []
        for document in read_documents(path):
            if left_out and sentence_hash(document) in left_out:
                continue
            block.append(document.encode())
            if len(block) == _AT_ONCE:
                yield np.array(block, object)
                block = []
        yield np.array(block, object)

    signature = tf.TensorSpec([None], tf.string)  # pyright: ignore[reportCallIssue]
    dataset = tf.data.Dataset.from_generator(blocks, output_signature=signature).unbatch()
    return dataset.map(lambda text: {"text": text})


def _from_tfds(data: DataConfig, language: str) -> tf.data.Dataset:
    source = source_of(data, language)
    native = tfds_language(source, language) if source == "c4" else "train"
    name = tfds_name(source, language)
    try:
        dataset = seqio.TfdsDataSource(name, splits={"train": native}).get_dataset(
            "train", shuffle=False
        )
    except _UNAVAILABLE as error:
        reason = str(error).partition("\n")[0].partition(". Here are")[0]
        raise InputError(
            f"config.data.source={source}: TFDS has no {name}, split {native}: {reason}"
        ) from None
    return dataset.map(lambda example: {"text": _plain(source, example["text"])})


def _plain(source: str, text: tf.Tensor) -> tf.Tensor:
    if source == "wiki40b":
        return tf.strings.regex_replace(text, _WIKI40B_MARKERS, "\n")
    return text

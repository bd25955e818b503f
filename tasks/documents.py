"""Sources of documents for SeqIO: local text files and TFDS.

Every source yields `{"text": sentences joined by newline}` and has the splits `train` and
`dev`. `dev` holds the documents whose hash falls below `data.dev_fraction`, so a document is
always on the same side, whatever the order, and copies of it are too. Where a file has few or
large documents, blocks of their sentences take their place (`mlm_xling.data.dev_text`).
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import seqio
import tensorflow as tf
import tensorflow_text

from mlm_xling.config import TFDS, DataConfig
from mlm_xling.data.dev_text import blocks
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.sources import source_of, text_files, tfds_language, tfds_name
from mlm_xling.data.text import read_documents, sentence_hash
from tasks.builders import builder_files, read_builder

SPLITS = ("train", "dev")
_BUCKETS = 1_000_000
_AT_ONCE = 64
"""Documents that Python hands to TensorFlow in one go; one by one takes several times longer."""
_WIKI40B_MARKERS = "_START_ARTICLE_|_START_SECTION_|_START_PARAGRAPH_|_NEWLINE_"


def documents(
    data: DataConfig, language: str, left_out: LeftOut | None = None, shard: int | None = None
) -> seqio.FunctionDataSource:
    """The documents of a language.

    Args:
      left_out: names documents of a text file that are passed over, the size of blocks, and the
        part of all documents that the language reads.
      shard: the number of a file, of `file_count`, that is read alone.

    Raises:
      InputError: the file is missing or empty, or TFDS has no such language.
    """

    left_out = left_out or LeftOut()
    part, parts = left_out.part

    def everything() -> tf.data.Dataset:
        if source_of(data, language) in TFDS:
            found = _from_tfds(data, language, shard)
        else:
            found = _from_files(data, language, left_out, shard)
        if parts == 1:
            return found
        return found.filter(lambda example: _part_of(example["text"], parts) == part)

    def of_split(split: str, shuffle_files: bool, seed: int | None = None) -> tf.data.Dataset:
        del shuffle_files, seed  # tasks shuffle documents themselves
        is_dev = split == "dev"
        return everything().filter(
            lambda example: tf.equal(_in_dev(example["text"], data.dev_fraction), is_dev)
        )

    return seqio.FunctionDataSource(of_split, SPLITS)


def file_count(data: DataConfig, language: str) -> int:
    """Returns the number of files of a language that can be read separately.

    Raises:
      InputError: as `documents`.
    """
    if source_of(data, language) in TFDS:
        return builder_files(*_builder(data, language))
    return len(text_files(data, language))


def _part_of(text: tf.Tensor, parts: int) -> tf.Tensor:
    # Salted, as the hash by itself says what is dev text.
    return tf.strings.to_hash_bucket_fast(tf.strings.join(["part ", text]), parts)


def _in_dev(text: tf.Tensor, fraction: float) -> tf.Tensor:
    # TensorFlow promises that this hash (FarmHash's fingerprint) never changes.
    return tf.strings.to_hash_bucket_fast(text, _BUCKETS) < round(fraction * _BUCKETS)


def _from_files(
    data: DataConfig, language: str, left_out: LeftOut, shard: int | None
) -> tf.data.Dataset:
    paths = text_files(data, language)
    if shard is not None:
        paths = paths[shard : shard + 1]

    def whole() -> Iterator[str]:
        for document in read_documents(*paths):
            if not left_out.documents or sentence_hash(document) not in left_out.documents:
                yield from blocks(document, left_out.block)

    def several() -> Iterator[np.ndarray]:
        texts = (text.encode() for text in whole())
        while at_once := list(islice(texts, _AT_ONCE)):
            yield np.array(at_once, object)

    signature = tf.TensorSpec([None], tf.string)  # pyright: ignore[reportCallIssue]
    dataset = tf.data.Dataset.from_generator(several, output_signature=signature).unbatch()
    return dataset.map(lambda text: {"text": text})


def _from_tfds(data: DataConfig, language: str, shard: int | None) -> tf.data.Dataset:
    builder, source = _builder(data, language), source_of(data, language)
    alone = None if shard is None else seqio.ShardInfo(shard, builder_files(*builder))
    dataset, _ = read_builder(*builder, alone)
    return dataset.map(lambda example: {"text": _plain(source, example["text"])})


def _builder(data: DataConfig, language: str) -> tuple[str, str, str]:
    """Returns the name of a language's builder, its split, and the field that names it."""
    source = source_of(data, language)
    split = tfds_language(source, language) if source == "c4" else "train"
    return tfds_name(source, language), split, f"config.data.source={source}"


def _plain(source: str, text: tf.Tensor) -> tf.Tensor:
    if source == "wiki40b":
        text = tf.strings.regex_replace(text, _WIKI40B_MARKERS, "\n")
    normal: Any = tensorflow_text.normalize_utf8(text, "NFC")
    return normal

"""Monolingual streams: documents -> sentences -> ids -> chunks of fixed length.

The tasks are not registered: SeqIO's registries are global, and the same name would mean other
text under another configuration.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

import seqio
import tensorflow as tf

from mlm_xling.config import DataConfig
from tasks.documents import SPLITS, documents
from tasks.equal_size import Cut
from tasks.holdout import Holdout
from tasks.seqio_vocabulary import SeqioVocabulary
from tasks.tokenise import Tokenise

_DOCUMENTS_AT_ONCE = 32
_LINES_AT_ONCE = 512
"""Every operation, SentencePiece's above all, is several times faster on batches of this order."""
_DOCUMENTS_SHUFFLED = 10_000
_LINES_SHUFFLED = 1_000_000


def stream_task(
    data: DataConfig,
    tokenise: Tokenise,
    seed: int,
    holdout: Holdout,
    cut: Cut | None = None,
) -> seqio.Task:
    """The streams of a language: `targets: int32[length]`, with splits `train` and `dev`.

    `</s>` opens the stream and closes every sentence. What is left after the last whole chunk
    is dropped. The length is `sequence_length["targets"]` of `get_dataset`.

    Args:
      tokenise: makes ids of the sentences that stay, in its language.
      holdout: says what to leave out, documents too.
      cut: leaves out documents.
    """
    encode = tokenise.encode
    name = re.sub(r"\W", "_", encode.language)  # SeqIO's names have letters.
    return seqio.Task(
        name=f"streams_{name}",
        source=documents(data, encode.language, holdout.left_out),
        preprocessors=[
            *([cut] if cut else []),
            *_sentences(data, seed, holdout),
            tokenise,
            chunk,
        ],
        output_features={
            "targets": seqio.Feature(
                SeqioVocabulary(encode.vocabulary, encode.language),
                add_eos=False,
                dtype=tf.int32,
            )
        },
        shuffle_buffer_size=None,  # preprocessors shuffle text, training shuffles chunks
    )


def training_sentences(data: DataConfig, language: str, holdout: Holdout) -> Iterator[str]:
    """Yields the sentences that training will see, without shuffling."""
    source = documents(data, language, holdout.left_out)
    dataset = source.get_dataset("train", shuffle=False)
    with closing(holdout):
        for example in holdout(split_sentences(dataset)).as_numpy_iterator():
            yield from (sentence.decode() for sentence in example["text"])


def all_sentences(data: DataConfig, language: str) -> Iterator[str]:
    """Yields the sentences of a language's text, with nothing left out, those for dev last."""
    source = documents(data, language)
    for split in SPLITS:
        dataset = split_sentences(source.get_dataset(split, shuffle=False))
        for example in dataset.as_numpy_iterator():
            yield from (sentence.decode() for sentence in example["text"])


def stream_order(count: int, data: DataConfig, seed: int) -> Iterator[int]:
    """Yields the numbers of documents, or of lines, in the order in which a stream has them."""
    size = _LINES_SHUFFLED if data.shuffle == "lines" else _DOCUMENTS_SHUFFLED
    yield from map(int, shuffle(tf.data.Dataset.range(count), size, seed).as_numpy_iterator())


def _sentences(data: DataConfig, seed: int, holdout: Holdout) -> Sequence:
    """Preprocessors from documents to shuffled batches of sentences."""
    if data.shuffle == "lines":
        shuffled = [split_sentences, unbatch, partial(shuffle, size=_LINES_SHUFFLED, seed=seed)]
        return [*shuffled, partial(batch, size=_LINES_AT_ONCE), holdout]
    return [partial(shuffle, size=_DOCUMENTS_SHUFFLED, seed=seed), split_sentences, holdout]


def split_sentences(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Maps documents to batches of their sentences `{"text": string[n]}`: lines not blank."""

    def split(texts: tf.Tensor) -> tf.Tensor:
        lines = tf.strings.strip(tf.strings.split(texts, "\n").flat_values)
        return tf.boolean_mask(lines, lines != "")

    documents_at_once = dataset.batch(_DOCUMENTS_AT_ONCE)
    return documents_at_once.map(lambda example: {"text": split(example["text"])})


def batch(dataset: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """Groups elements."""
    return dataset.batch(size)


def unbatch(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Maps batches to their elements."""
    return dataset.unbatch()


def shuffle(dataset: tf.data.Dataset, size: int, seed: int) -> tf.data.Dataset:
    """Shuffles within a buffer of `size` elements."""
    return dataset.shuffle(size, seed=seed)


def chunk(dataset: tf.data.Dataset, sequence_length: Mapping[str, int]) -> tf.data.Dataset:
    """Regroups flat ids into chunks; `rebatch` is much faster than `unbatch().batch()`."""
    return dataset.rebatch(sequence_length["targets"], drop_remainder=True)

"""Natural language inference: MultiNLI, XNLI or TSV files (docs/method.md section 5)."""

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b

import numpy as np
import seqio
import tensorflow as tf

from mlm_xling.data.location import Location
from mlm_xling.data.text import normal
from mlm_xling.errors import InputError
from mlm_xling.languages import primary_subtag
from mlm_xling.tokenizer import Tokenizer
from mlm_xling.word_order import has_order, reordered
from tasks.formats.nli_tsv import Pair, read_pairs
from tasks.records import NUMBERS, cells, records_source, tfds_examples
from tasks.seqio_vocabulary import SeqioVocabulary


def pairs_task(location: Location, vocabulary: Tokenizer) -> seqio.Task:
    """Gives `premise: int32[n]`, `hypothesis: int32[m]`, `label: string[1]`, `digest: int32[2]`.

    Equal digests are the same two sentences, whatever the vocabulary.
    """
    text = tf.TensorSpec([], tf.string)  # pyright: ignore[reportCallIssue]
    ours = SeqioVocabulary(vocabulary, location.language)
    sentence = seqio.Feature(ours, add_eos=False, dtype=tf.int32)
    return seqio.Task(
        name="pairs",
        source=records_source(
            location, _digested, dict.fromkeys(Pair._fields, text) | {"digest": NUMBERS}
        ),
        preprocessors=[
            partial(seqio.preprocessors.tokenize, copy_pretokenized=False),
            _label_as_cell,
        ],
        output_features={
            "premise": sentence,
            "hypothesis": sentence,
            **cells("digest", strings=["label"]),
        },
        shuffle_buffer_size=None,
    )


def _digested(location: Location) -> list[tuple]:
    return [(*pair, _digest(pair)) for pair in _read(location)]


def _digest(pair: Pair) -> list[int]:
    text = f"{pair.premise}\t{pair.hypothesis}".encode()
    return np.frombuffer(blake2b(text, digest_size=8).digest(), "<i4").tolist()


def _read(location: Location) -> list[Pair]:
    if location.path is not None:
        pairs = read_pairs(location.path, location.language)
    else:
        pairs = list(_from_tfds(location))
    if not has_order(location.language):
        return pairs
    in_order = partial(reordered, language=location.language)
    return [Pair(in_order(pair.premise), in_order(pair.hypothesis), pair.label) for pair in pairs]


def _from_tfds(location: Location) -> Iterator[Pair]:
    examples, features = tfds_examples(location)
    labels = features["label"].names
    for example in examples:
        if example["label"] < 0:  # SNLI's pairs on which annotators did not agree.
            continue
        premise, hypothesis = (
            _in_language(example[name], location) for name in ("premise", "hypothesis")
        )
        yield Pair(premise, hypothesis, labels[example["label"]])


def _in_language(text: bytes | dict, location: Location) -> str:
    """The sentence itself; XNLI has one for each language, as columns or as pairs of lists."""
    if isinstance(text, bytes):
        return normal(text.decode())
    if "language" in text:
        codes = [code.decode() for code in text["language"]]
        text = dict(zip(codes, text["translation"], strict=True))
    language = primary_subtag(location.language)
    if language not in text:
        raise InputError(
            f"{location.field}=tfds:{location.builder}: no {language!r} in it; there are "
            f"{', '.join(sorted(text))}"
        )
    return normal(text[language].decode())


@seqio.map_over_dataset
def _label_as_cell(example: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {**example, "label": tf.reshape(example["label"], [1])}

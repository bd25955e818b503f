"""The vocabulary, as SeqIO sees it."""

import numpy as np
import pytest
import seqio
import tensorflow as tf

from mlm_xling.config import VocabularyConfig
from mlm_xling.vocabulary import END, PAD, UNKNOWN, Vocabulary, train_vocabulary
from tasks.seqio_vocabulary import SeqioVocabulary
from tests.data_fixtures import LANGUAGES, sentences

LINES = sentences("fr", 20)


def trained(size: int) -> Vocabulary:
    samples = {language: sentences(language, 200) for language in LANGUAGES}
    return train_vocabulary(samples, VocabularyConfig(size=size))


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return trained(150)


@pytest.fixture(scope="module")
def adapter(vocabulary: Vocabulary) -> seqio.Vocabulary:
    return SeqioVocabulary(vocabulary, "fr")


def test_has_the_specials_and_the_size(adapter: seqio.Vocabulary) -> None:
    assert (adapter.pad_id, adapter.eos_id, adapter.unk_id) == (PAD, END, UNKNOWN)
    assert adapter.vocab_size == 150


def test_python_and_tensorflow_encode_alike(
    vocabulary: Vocabulary, adapter: seqio.Vocabulary
) -> None:
    for line, ids in zip(LINES, vocabulary.encode(LINES, "fr"), strict=True):
        assert adapter.encode(line) == ids
        assert adapter.encode_tf(tf.constant(line)).numpy().tolist() == ids


def test_text_comes_back(adapter: seqio.Vocabulary) -> None:
    for line in LINES:
        assert adapter.decode(adapter.encode(line)) == line
        assert adapter.decode_tf(adapter.encode_tf(tf.constant(line))).numpy().decode() == line


def test_batches_decode_row_by_row(adapter: seqio.Vocabulary) -> None:
    rows = np.array([[*adapter.encode(line)[:3], END] for line in LINES], np.int32)
    expected = [adapter.decode(row.tolist()) for row in rows]
    assert [text.decode() for text in adapter.decode_tf(tf.constant(rows)).numpy()] == expected


def test_works_inside_a_dataset(vocabulary: Vocabulary, adapter: seqio.Vocabulary) -> None:
    dataset = tf.data.Dataset.from_tensor_slices(LINES).map(adapter.encode_tf)
    assert [ids.tolist() for ids in dataset.as_numpy_iterator()] == vocabulary.encode(LINES, "fr")


def test_equals_another_of_the_same_ids(vocabulary: Vocabulary, adapter: seqio.Vocabulary) -> None:
    assert adapter == SeqioVocabulary(vocabulary, "en")
    assert adapter != SeqioVocabulary(trained(151), "fr")

"""Streams: documents of a language as one sequence of ids, cut into chunks."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from jaxtyping import Int

from mlm_xling.config import DataConfig, VocabularyConfig
from mlm_xling.data.left_out import LeftOut, Reason
from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.text import sentence_hash
from mlm_xling.vocabulary import END, Vocabulary, train_vocabulary
from tasks.holdout import Holdout
from tasks.sentences import Encode
from tasks.streams import split_sentences, stream_task, training_sentences
from tasks.tokenise import Tokenise
from tests.data_fixtures import LANGUAGES, documents, sentences, write_documents

LENGTH = 16
MADE = {language: documents(language, 60) for language in LANGUAGES}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    samples = {language: sentences(language, 200) for language in LANGUAGES}
    return train_vocabulary(samples, VocabularyConfig(size=150))


@pytest.fixture
def data(tmp_path: Path) -> DataConfig:
    for language, made in MADE.items():
        write_documents(tmp_path / f"{language}.txt", made)
    return DataConfig(text_dir=str(tmp_path), dev_fraction=0.2)


def chunks(
    data: DataConfig,
    vocabulary: Vocabulary,
    split: str = "train",
    seed: int = 0,
    holdout: Holdout | None = None,
) -> Int[np.ndarray, "chunk length"]:
    tokenise = Tokenise(Encode(vocabulary, "en"))
    task = stream_task(data, tokenise, seed, holdout or Holdout())
    dataset = task.get_dataset({"targets": LENGTH}, split, shuffle=False)
    return np.stack([example["targets"] for example in dataset.as_numpy_iterator()])


def decoded(ids: Int[np.ndarray, "chunk length"], vocabulary: Vocabulary) -> list[str]:
    """The sentences of a stream; the last may have been cut."""
    stream = ids.flatten()
    assert stream[0] == END
    parts = np.split(stream[1:], np.flatnonzero(stream[1:] == END))
    return [vocabulary.decode(part[part != END], "en") for part in parts]


def test_chunks_have_the_length_and_type_of_ids(data: DataConfig, vocabulary: Vocabulary) -> None:
    ids = chunks(data, vocabulary)
    assert ids.shape[1] == LENGTH
    assert ids.dtype == np.int32
    assert 0 <= ids.min() <= ids.max() < vocabulary.size


def test_chunks_in_a_row_are_the_documents_word_for_word(
    data: DataConfig, vocabulary: Vocabulary
) -> None:
    stream = "\n".join(decoded(chunks(data, vocabulary), vocabulary))
    whole = ["\n".join(lines) in stream for lines in MADE["en"]]
    train = len(list(training_documents(data)))
    assert train - 1 <= sum(whole) <= train  # the last may have been cut


def training_documents(data: DataConfig) -> list[str]:
    kept = "\n".join(training_sentences(data, "en", Holdout()))
    return [text for text in map("\n".join, MADE["en"]) if text in kept]


def test_documents_are_shuffled(data: DataConfig, vocabulary: Vocabulary) -> None:
    in_order = list(training_sentences(data, "en", Holdout()))
    assert decoded(chunks(data, vocabulary), vocabulary)[:20] != in_order[:20]


def test_lines_can_be_shuffled_instead(data: DataConfig, vocabulary: Vocabulary) -> None:
    data.shuffle = "lines"
    mixed = decoded(chunks(data, vocabulary), vocabulary)[:-1]
    assert set(mixed) <= set(training_sentences(data, "en", Holdout()))
    stream = "\n".join(mixed)
    assert sum("\n".join(lines) in stream for lines in MADE["en"]) < 10


def test_the_same_seed_gives_the_same_stream(data: DataConfig, vocabulary: Vocabulary) -> None:
    first = chunks(data, vocabulary, seed=1)
    assert np.array_equal(first, chunks(data, vocabulary, seed=1))
    assert not np.array_equal(first, chunks(data, vocabulary, seed=2))


def test_dev_and_train_share_no_document(data: DataConfig, vocabulary: Vocabulary) -> None:
    train, dev = (decoded(chunks(data, vocabulary, s), vocabulary) for s in ("train", "dev"))
    assert not set(train[:-1]) & set(dev[:-1])


@pytest.mark.parametrize("split", ["train", "dev"])
def test_reserved_sentences_are_dropped_and_counted(
    data: DataConfig, vocabulary: Vocabulary, split: str
) -> None:
    everything = decoded(chunks(data, vocabulary, split), vocabulary)
    reserved = everything[1:8]
    holdout = Holdout(LeftOut(frozenset(map(sentence_hash, reserved))))
    left = decoded(chunks(data, vocabulary, split, holdout=holdout), vocabulary)
    assert not set(left) & set(reserved)
    assert holdout.dropped(Reason.RESERVED) == 7
    assert holdout.kept == len(everything) - 7 - (everything[-1] == "")


def test_lines_of_any_white_space_are_no_sentences() -> None:
    texts = tf.data.Dataset.from_tensors({"text": "one\n\u00a0\n \t\ntwo\n\u3000\u2003"})
    holdout = Holdout()
    (batch,) = holdout(split_sentences(texts)).as_numpy_iterator()
    assert batch["text"].tolist() == [b"one", b"two"]
    assert holdout.kept == 2


def test_near_duplicates_are_dropped_and_counted_apart(
    data: DataConfig, vocabulary: Vocabulary
) -> None:
    long = next(line for line in training_sentences(data, "en", Holdout()) if line.count(" ") > 5)
    near = NearDuplicates([long.replace(" ", " another ", 1)], "en")
    holdout = Holdout(LeftOut(near=near))
    assert long not in decoded(chunks(data, vocabulary, holdout=holdout), vocabulary)
    assert holdout.dropped(Reason.NEAR) >= 1
    assert holdout.dropped(Reason.RESERVED) == 0


def test_a_paragraph_with_a_sentence_that_evaluation_uses_is_left_out() -> None:
    used = "The committee adopted the report unanimously."
    left_out = LeftOut(near=NearDuplicates([used], "en"))

    def reason(line: str) -> Reason | None:
        return left_out.reason(line, sentence_hash(line))

    assert reason(f"Dr. Smith rose. {used} He sat down.") == Reason.NEAR
    assert reason(f"Members of {used} He sat down.") is None, "it is another sentence"
    assert reason("The committee met. It adopted the report.") is None


def test_documents_and_sentences_of_other_languages_are_left_out(data: DataConfig) -> None:
    first, second, *_ = training_documents(data)
    sentence = second.split("\n")[0]
    left_out = LeftOut(
        documents=frozenset([sentence_hash(first)]), sentences=frozenset([sentence_hash(sentence)])
    )
    holdout = Holdout(left_out)
    left = "\n".join(training_sentences(data, "en", holdout))
    assert first not in left
    assert second not in left
    assert second.partition("\n")[2] in left
    assert holdout.dropped(Reason.ELSEWHERE) == 1

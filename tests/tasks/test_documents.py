"""Documents of text files and of TFDS, and which of them are held out for dev."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from mlm_xling.config import DataConfig
from mlm_xling.errors import InputError
from tasks import documents as source
from tests.data_fixtures import documents, write_documents

MADE = documents("en", 300)


@pytest.fixture
def data(tmp_path: Path) -> DataConfig:
    write_documents(tmp_path / "en.txt", MADE)
    return DataConfig(text_dir=str(tmp_path), dev_fraction=0.1)


def texts(data: DataConfig, split: str, language: str = "en") -> list[str]:
    dataset = source.documents(data, language).get_dataset(split, shuffle=False)
    return [example["text"].decode() for example in dataset.as_numpy_iterator()]


def test_train_and_dev_share_no_document_and_lose_none(data: DataConfig) -> None:
    train, dev = texts(data, "train"), texts(data, "dev")
    assert not set(train) & set(dev)
    assert Counter(train + dev) == Counter("\n".join(lines) for lines in MADE)


def test_documents_keep_their_order(data: DataConfig) -> None:
    train = set(texts(data, "train"))
    assert texts(data, "train") == [text for text in map("\n".join, MADE) if text in train]


def test_dev_has_about_the_fraction_asked_for(data: DataConfig) -> None:
    assert 15 <= len(texts(data, "dev")) <= 45  # binomial: 30 +- 5.2


def test_a_larger_dev_contains_the_smaller(data: DataConfig, tmp_path: Path) -> None:
    larger = DataConfig(text_dir=str(tmp_path), dev_fraction=0.3)
    assert set(texts(data, "dev")) < set(texts(larger, "dev"))


def test_the_side_of_a_document_never_changes(tmp_path: Path) -> None:
    write_documents(tmp_path / "en.txt", [[f"document {i}"] for i in range(12)])
    in_dev = texts(DataConfig(text_dir=str(tmp_path), dev_fraction=0.5), "dev")
    assert in_dev == [f"document {i}" for i in (1, 4, 6, 7, 11)]


def test_no_more_of_a_corpus_is_read_than_asked_for(
    data: DataConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0

    def endless(path: Path) -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield f"document {read}"

    monkeypatch.setattr(source, "read_documents", endless)
    dataset = source.documents(data, "en").get_dataset("train", shuffle=False)
    assert len(list(dataset.take(100))) == 100
    assert read < 1000


@pytest.mark.parametrize("name", ["wikipedia", "wiki40b", "c4"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_tfds_gives_documents(name: str, language: str) -> None:
    data = DataConfig(source=name, dev_fraction=0.5)
    with tfds.testing.mock_data(num_examples=20):
        train, dev = texts(data, "train", language), texts(data, "dev", language)
    assert len(train) + len(dev) == 20
    assert train
    assert dev


def test_c4_takes_the_split_of_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def as_dataset(builder: tfds.core.DatasetBuilder, split: str, **options: object):
        asked.append((builder.info.full_name, split))
        return tf.data.Dataset.from_tensors({"text": "document"})

    with tfds.testing.mock_data(as_dataset_fn=as_dataset):
        texts(DataConfig(source="c4"), "train", "zh")
    assert asked == [("c4/multilingual/3.1.0", "zh")]


def test_wiki40b_loses_its_markers() -> None:
    text = "\n_START_ARTICLE_\nTitle\n_START_SECTION_\nPart\n_START_PARAGRAPH_\nOne._NEWLINE_Two."
    dataset = tf.data.Dataset.from_tensors({"text": text})
    with tfds.testing.mock_data(as_dataset_fn=lambda *_, **__: dataset):
        (plain,) = texts(DataConfig(source="wiki40b", dev_fraction=0.0), "train")
    assert plain.split() == ["Title", "Part", "One.", "Two."]
    assert "One.\nTwo." in plain


def test_a_language_that_tfds_lacks_is_named() -> None:
    with pytest.raises(InputError, match=r"data.source=wiki40b: TFDS has no wiki40b/xx:1.3.0") as e:
        texts(DataConfig(source="wiki40b"), "train", "xx")
    assert "\n" not in str(e.value)

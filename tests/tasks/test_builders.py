"""Builders of TensorFlow Datasets, real ones read from disk, and what is said without a network."""

from pathlib import Path

import pytest
import tensorflow_datasets as tfds

from mlm_xling.config import DataConfig
from mlm_xling.data.location import Location
from mlm_xling.errors import InputError
from tasks import builders
from tasks.documents import documents, file_count
from tasks.entities import _read
from tests.data_fixtures import ROOT
from tests.tfds_fixtures import write_builder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where TFDS looks for its data, without a network."""
    monkeypatch.setattr(builders, "_DATA_DIR", str(tmp_path))
    return tmp_path


def test_wiki40b_is_read_from_disk(folder: Path) -> None:
    text = "\n_START_ARTICLE_\nTitle\n_START_PARAGRAPH_\ne\u0301te\u0301._NEWLINE_Two."
    example = {"wikidata_id": "Q1", "version_id": "1", "text": text}
    write_builder(folder, "wiki40b/en:1.3.0", "train", [example] * 3)
    data = DataConfig(source="wiki40b", dev_fraction=0.0)

    dataset = documents(data, "en").get_dataset("train", shuffle=False)

    lines = [line["text"].decode().split() for line in dataset.as_numpy_iterator()]
    assert lines == [["Title", "été.", "Two."]] * 3


def test_the_files_of_a_dataset_are_together_the_whole_in_order(folder: Path) -> None:
    examples = [{"wikidata_id": "Q1", "version_id": "1", "text": f"{i}"} for i in range(100)]
    write_builder(folder, "wiki40b/en:1.3.0", "train", examples, files=3)
    data = DataConfig(source="wiki40b", dev_fraction=0.0)

    def texts(shard: int | None) -> list[str]:
        dataset = documents(data, "en", shard=shard).get_dataset("train", shuffle=False)
        return [example["text"].decode() for example in dataset.as_numpy_iterator()]

    assert file_count(data, "en") == 3
    assert texts(None) == [*texts(0), *texts(1), *texts(2)] == [str(i) for i in range(100)]


def test_wikiann_is_read_from_disk(folder: Path) -> None:
    example = {
        "tokens": ["Anna", "sleeps"],
        "tags": ["B-PER", "O"],
        "langs": ["fr", "fr"],
        "spans": ["PER: Anna"],
    }
    write_builder(folder, "wikiann/fr:1.0.0", "validation", [example])
    place = Location("dev", "fr", "tfds:wikiann/fr:1.0.0", "config.evaluation.ner.dev")

    assert _read(place) == [(["Anna", "sleeps"], ["B-PER", "O"])]


def test_what_is_to_be_fetched_and_what_it_needs_is_told(
    folder: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("Failed to resolve 'storage.googleapis.com'\nand more")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", unreachable)
    with pytest.raises(InputError) as error:
        documents(DataConfig(source="wiki40b"), "fr").get_dataset("train", shuffle=False)

    assert f"fetching wiki40b/fr:1.3.0 into {folder}" in capsys.readouterr().err
    assert str(error.value) == (
        f"config.data.source=wiki40b: wiki40b/fr:1.3.0 is not in {folder} and cannot be fetched: "
        "Failed to resolve 'storage.googleapis.com'"
    )


def test_the_package_that_generates_a_builder_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs_beam(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'apache_beam'", name="apache_beam")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", needs_beam)
    with pytest.raises(InputError, match=r"generates it with the package apache_beam; install"):
        documents(DataConfig(source="c4"), "fr").get_dataset("train", shuffle=False)


def test_requirements_name_what_tfds_imports_without_saying_so() -> None:
    assert "\nimportlib_resources==" in (ROOT / "requirements.txt").read_text()

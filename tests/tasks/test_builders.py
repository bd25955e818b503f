"""Builders of TensorFlow Datasets, real ones read from disk, and what is said without a network."""

from pathlib import Path
from typing import Any, cast

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from etils import epath

from mlm_xling.config import DataConfig
from mlm_xling.data.location import Location
from mlm_xling.errors import InputError
from tasks import builders
from tasks.documents import documents
from tasks.entities import _read
from tests.data_fixtures import ROOT


def write_builder(folder: Path, name: str, split: str, examples: list[dict]) -> None:
    """Writes a builder's data as TFDS does when it has generated them."""
    builder = tfds.builder(name, data_dir=str(folder))
    place, features = Path(str(builder.data_path)), cast(Any, builder.info.features)
    place.mkdir(parents=True)
    template = tfds.core.ShardedFileTemplate(
        data_dir=epath.Path(place),
        dataset_name=builder.name,
        split=split,
        filetype_suffix="tfrecord",
    )
    records = [features.serialize_example(features.encode_example(one)) for one in examples]
    path = template.sharded_filepath(shard_index=0, num_shards=1)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    info = tfds.core.SplitInfo(
        name=split,
        shard_lengths=[len(records)],
        num_bytes=sum(map(len, records)),
        filename_template=template,
    )
    tfds.folder_dataset.write_metadata(
        data_dir=place, features=features, split_infos=[info], version=str(builder.version)
    )


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

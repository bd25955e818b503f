"""Text at a URL: fetched once, again when it changes, and then as any other."""

import copy
from pathlib import Path
from typing import Any

import fsspec
import pytest

from mlm_xling.config import Config
from mlm_xling.config.stored import from_json
from mlm_xling.data.sources import text_files
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation import prepare as preparation
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import streams_directory
from tests.data_fixtures import LANGUAGES, prepare_here, small_config

FILES = {"en.txt": "A sentence.\n", "fr-00000-of-00001.txt": "Une phrase.\n", "notes.md": "-"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    system = fsspec.filesystem("memory")
    for name, text in FILES.items():
        system.pipe_file(f"/{tmp_path.name}/{name}", text.encode())
    config = small_config(tmp_path, tmp_path / "cache")
    config.data.text_dir = f"memory://{tmp_path.name}"
    return config


def write(config: Config, name: str, text: str) -> None:
    fsspec.filesystem("memory").pipe_file(f"{config.data.text_dir}/{name}", text.encode())


def test_the_files_of_the_languages_are_copied(config: Config) -> None:
    data = with_local_files(config).data
    read = [path for language in LANGUAGES for path in text_files(data, language)]
    assert [path.read_text() for path in read] == ["A sentence.\n", "Une phrase.\n"]
    assert not Path(data.text_dir, "notes.md").exists()


def test_what_is_prepared_has_the_name_it_has_of_local_files(
    config: Config, tmp_path: Path
) -> None:
    local = copy.deepcopy(config)
    local.data.text_dir = str(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert streams_directory(with_local_files(config)) == streams_directory(local)


def test_text_is_fetched_again_only_if_it_changed(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = with_local_files(config).data.text_dir
    monkeypatch.setattr(fsspec.filesystem("memory"), "get_file", pytest.fail)
    assert with_local_files(config).data.text_dir == before
    monkeypatch.undo()
    write(config, "en.txt", "Another one.\n")
    after = with_local_files(config).data
    assert text_files(after, "en")[0].read_text() == "Another one.\n"


def test_a_truncated_copy_is_made_again(config: Config) -> None:
    path = Path(with_local_files(config).data.text_dir, "en.txt")
    path.write_text("A")
    with_local_files(config)
    assert path.read_text() == FILES["en.txt"]


def test_a_size_tells_of_a_change_where_the_key_does_not(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fsspec.filesystem("memory"), "ukey", str)  # as HTTP's, of the URL alone
    before = with_local_files(config).data.text_dir
    write(config, "en.txt", "Another one.\n")
    assert with_local_files(config).data.text_dir != before


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory://nowhere", "config.data.text_dir=memory://nowhere: nothing is there"),
        ("nosuch://text", "config.data.text_dir=nosuch://text: .*nosuch"),
    ],
)
def test_a_url_without_text_is_told(config: Config, url: str, message: str) -> None:
    config.data.text_dir = url
    with pytest.raises(InputError, match=message):
        with_local_files(config)


def test_errors_of_the_library_behind_a_url_are_told(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no credentials")

    monkeypatch.setattr(fsspec.filesystem("memory"), "get_file", refuse)
    with pytest.raises(InputError, match=r"config.data.text_dir=memory://.*: no credentials"):
        with_local_files(config)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("en-00000-of-00001.txt", r"en.txt or en-00000-of-00001.txt and so on\? Remove one"),
        ("fr-00001-of-00002.txt", r"fr-00000-of-00001.txt or fr-00000-of-00002.txt and so on"),
    ],
)
def test_ambiguous_files_are_named_where_they_are_before_any_is_copied(
    config: Config, name: str, message: str
) -> None:
    write(config, name, "A sentence.\n")
    with pytest.raises(InputError, match=f"^{config.data.text_dir}/{message}"):
        with_local_files(config)
    assert not Path(config.data.cache_dir).exists()


def test_what_is_wrong_in_a_file_is_told_of_the_url(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config.data.cache_dir = "cache"
    monkeypatch.setattr(
        preparation, "run_program", lambda _, settings: prepare_here(from_json(settings))
    )
    fsspec.filesystem("memory").pipe_file(f"{config.data.text_dir}/en.txt", b"\xff\n")
    with pytest.raises(InputError, match=f"^{config.data.text_dir}/en.txt:1: not UTF-8"):
        preparation.prepare(config)


def test_a_language_without_a_file_is_named(config: Config) -> None:
    config.languages = ("en", "de")
    with pytest.raises(InputError, match=r"memory://.*/de.txt: no such file"):
        with_local_files(config)


def test_evaluation_that_reads_no_text_does_without_the_url(config: Config) -> None:
    config.data.text_dir = "memory://nowhere"
    nothing: Any = None
    model = Pretrained(config, nothing, nothing, 0, None)
    assert Inputs(model, model).source.config is config

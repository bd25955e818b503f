"""Text and parallel sentences as people have them: nothing is refused or lost for its form."""

import codecs
import copy
import unicodedata
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.data.dev_text import block_size
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.parallel import evaluation_rows, read_parallel
from mlm_xling.data.seen import seen_in_training
from mlm_xling.errors import InputError
from mlm_xling.preparation import prepare as preparation
from mlm_xling.preparation.writing import prepare_vocabulary
from mlm_xling.training.summary import told_of_preparation, warnings
from tests.data_fixtures import LANGUAGES, PARALLEL_ROWS, prepare_here


@pytest.fixture
def config(prepared_config: Config, tmp_path: Path) -> Config:
    """Like the prepared one, with text, parallel sentences and a cache of its own."""
    config = copy.deepcopy(prepared_config)
    config.data.cache_dir, config.data.text_dir = str(tmp_path / "cache"), str(tmp_path)
    config.data.parallel = str(tmp_path / "parallel.tsv")
    return config


def test_the_form_of_files_changes_neither_what_is_held_out_nor_the_vocabulary(
    config: Config, text_dir: Path, tmp_path: Path, prepared: Prepared
) -> None:
    for language in LANGUAGES:
        text = (text_dir / f"{language}.txt").read_text()
        (tmp_path / f"{language}.txt").write_bytes(unicodedata.normalize("NFD", text).encode())
    rows = (text_dir / "parallel.tsv").read_text().replace("en\tfr", "EN\t Fr")
    windows = rows.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    (tmp_path / "parallel.tsv").write_bytes(codecs.BOM_UTF8 + windows)

    found = prepare_here(config)

    assert found.manifest.vocabulary == prepared.manifest.vocabulary
    assert found.manifest.languages == prepared.manifest.languages
    columns, _ = evaluation_rows(read_parallel(tmp_path / "parallel.tsv"), 12, 8)
    for sentences in columns.values():
        in_nfd = [unicodedata.normalize("NFD", sentence) for sentence in sentences]
        assert not any(seen_in_training(found, in_nfd))


def test_evaluated_sentences_are_held_out_of_text_in_other_languages(
    config: Config, prepared: Prepared, text_dir: Path, tmp_path: Path
) -> None:
    config.data.parallel = str(text_dir / "parallel.tsv")
    columns, _ = evaluation_rows(read_parallel(text_dir / "parallel.tsv"), 12, 8)
    english, french = ((text_dir / f"{language}.txt").read_text() for language in LANGUAGES)
    (tmp_path / "en.txt").write_text(english)
    (tmp_path / "fr.txt").write_text("\n".join([*columns["en"], french]))
    config.data.text_dir = str(tmp_path)

    found = prepare_here(config)

    assert not any(seen_in_training(found, columns["en"]))
    of_french, before = (one.manifest.languages["fr"] for one in (found, prepared))
    assert of_french.held_out == before.held_out + len(columns["en"])


def test_text_without_blank_lines_and_a_language_without_a_column_are_told(
    config: Config, text_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for language in LANGUAGES:
        text = (text_dir / f"{language}.txt").read_text().replace("\n\n", "\n")
        (tmp_path / f"{language}.txt").write_bytes(codecs.BOM_UTF8 + text.encode())
    rows = (text_dir / "parallel.tsv").read_text()
    (tmp_path / "parallel.tsv").write_text(rows.replace("en\tfr", "en\tde"))
    config.evaluation.pairs, config.evaluation.fit_pairs = 10, PARALLEL_ROWS - 12

    manifest = prepare_here(config).manifest

    line = "config.data.parallel has no column 'fr': no sentence in it is held out"
    assert line in " ".join(capsys.readouterr().err.split())
    (warning,) = warnings(Config(), manifest)
    assert warning.startswith(line)
    assert {name: record.held_out > 0 for name, record in manifest.languages.items()} == {
        "en": True,
        "fr": False,
    }
    for language, record in manifest.languages.items():
        block = block_size([tmp_path / f"{language}.txt"], config.data.dev_fraction)
        assert record.dev.chunks
        assert f"dev text: blocks of {block} consecutive" in next(told_of_preparation(record))


def test_very_long_lines_are_cut_for_the_vocabulary_and_counted(
    config: Config, text_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for language in LANGUAGES:
        text = " ".join((text_dir / f"{language}.txt").read_text().split())
        (tmp_path / f"{language}.txt").write_text(f"{text} {text} {text}\n")
    config.data.dev_fraction = 0.0

    vocabulary = prepare_vocabulary(
        config, tmp_path / "vocabulary", dict.fromkeys(LANGUAGES, LeftOut())
    )

    assert "en: 1 very long line cut for the vocabulary" in capsys.readouterr().err
    assert vocabulary.size == config.vocabulary.size


def test_a_dictionary_is_read_before_anything_is_computed(
    config: Config, text_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.data.text_dir, config.data.parallel = str(text_dir), ""
    config.data.code_switching.probability = 0.3
    config.data.dictionary = str(tmp_path / "en-fr.txt")
    (tmp_path / "en-fr.txt").write_text("cat chat\nlonely\n")
    monkeypatch.setattr(preparation, "load_tensorflow", pytest.fail)

    with pytest.raises(InputError, match=r"en-fr.txt:2: must be source<TAB>target"):
        preparation._prepare_here(config)

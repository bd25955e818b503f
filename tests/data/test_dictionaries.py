"""Dictionary files: found by their names, read line by line."""

from pathlib import Path

import pytest

from mlm_xling.config import DataConfig
from mlm_xling.data.dictionaries import dictionary_files, read_dictionary, translations
from mlm_xling.errors import InputError


def write(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def test_reads_translations_and_weights(tmp_path: Path) -> None:
    path = write(tmp_path / "words.tsv", "cat\tchat\ncat\tmatou\t0.5\n\ndog\tchien\n")
    assert read_dictionary(path) == {"cat": {"chat": 1.0, "matou": 0.5}, "dog": {"chien": 1.0}}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("dog chien", r"words.tsv:2: must be source<TAB>target\[<TAB>weight\]"),
        ("dog\t", r"words.tsv:2: must be source<TAB>target"),
        ("dog\tchien\t0.5\tn", r"words.tsv:2: must be source<TAB>target"),
        ("dog\tchien\tmuch", r"words.tsv:2: the weight 'much' is not a positive number"),
        ("dog\tchien\t-1", r"words.tsv:2: the weight '-1' is not a positive number"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_dictionary(write(tmp_path / "words.tsv", f"cat\tchat\n{line}\n"))


@pytest.mark.parametrize("name", ["en-fr.tsv", "en-fr.txt", "dictionary.en-fr.tsv"])
def test_a_folder_is_searched_and_read_in_both_directions(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, "cat\tchat\n")
    for data in (DataConfig(dictionary=str(tmp_path)), DataConfig(text_dir=str(tmp_path))):
        assert translations(data, ("fr", "en"), "en") == [{"cat": {"chat": 1.0}}]
        assert translations(data, ("fr", "en"), "fr") == [{"chat": {"cat": 1.0}}]


def test_a_language_may_have_dictionaries_into_several(tmp_path: Path) -> None:
    write(tmp_path / "en-fr.tsv", "cat\tchat\n")
    write(tmp_path / "ru-en.tsv", "кот\tcat\n")
    data = DataConfig(dictionary=str(tmp_path))
    assert translations(data, ("en", "fr", "ru"), "en") == [
        {"cat": {"chat": 1.0}},
        {"cat": {"кот": 1.0}},
    ]
    assert len(translations(data, ("en", "fr", "ru"), "ru")) == 1


@pytest.mark.parametrize(
    ("given", "languages", "message"),
    [
        (
            "en-fr.tsv",
            ("en", "zh"),
            r"en-fr.tsv: no dictionary for en-zh; a folder needs en-zh.tsv",
        ),
        ("", ("en", "zh"), r"no dictionary for en-zh; a folder needs en-zh.tsv or zh-en.tsv"),
        ("words.tsv", ("en", "fr", "ru"), "is one file; more pairs need a folder"),
        ("nowhere", ("en", "fr"), "nowhere: no such file or folder"),
    ],
)
def test_an_absent_pair_is_named(tmp_path: Path, given, languages, message) -> None:
    write(tmp_path / "en-fr.tsv", "cat\tchat\n")
    write(tmp_path / "words.tsv", "cat\tchat\n")
    with pytest.raises(InputError, match=message):
        dictionary_files(DataConfig(dictionary=str(tmp_path / given)), languages)

"""Dictionary files: found by their names, read line by line."""

from pathlib import Path

import pytest

from mlm_xling.config import DataConfig
from mlm_xling.data.dictionaries import (
    dictionary_files,
    file_of_pair,
    read_dictionary,
    translations,
)
from mlm_xling.errors import InputError


def write(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def test_reads_translations_and_weights(tmp_path: Path) -> None:
    path = write(tmp_path / "words.tsv", "cat\tchat\ncat\tmatou\t0.5\n\ndogs\tchiens\t2\tdog\n")
    assert read_dictionary(path) == {"cat": {"chat": 1.0, "matou": 0.5}, "dogs": {"chiens": 2.0}}


def test_words_may_be_separated_by_a_space_as_in_muse(tmp_path: Path) -> None:
    path = write(tmp_path / "words.txt", "cat chat\nbig  dog\nice cream\tglace\t\n\n")
    assert read_dictionary(path) == {
        "cat": {"chat": 1.0},
        "big": {"dog": 1.0},
        "ice cream": {"glace": 1.0},
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("big dog chien", r"words.tsv:2: must be source<TAB>target\[<TAB>weight"),
        ("lonely", r"words.tsv:2: .* or two words with a space between them"),
        ('disk\t"5"" disque"', r"words.tsv:2: .* is quoted as in CSV"),
        ("dog\t", r"words.tsv:2: must be source<TAB>target"),
        ("dog\tchien\t0.5\tdog\tn", r"words.tsv:2: must be source<TAB>target"),
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


@pytest.mark.parametrize("name", ["en-pt-BR.tsv", "dictionary.EN-pt-br.tsv", "en-PT-br.0-5000.txt"])
def test_a_file_is_of_the_pair_in_its_name_whatever_its_case(tmp_path: Path, name: str) -> None:
    data = DataConfig(dictionary=str(write(tmp_path / name, "cat\tgato\n")))
    assert list(dictionary_files(data, ("pt-BR", "en"))) == [("en", "pt-BR")]


@pytest.mark.parametrize("name", ["en-fr.0-5000.txt", "EN-fr.muse.tsv", "dictionary.en-fr.x.tsv"])
def test_a_folder_may_hold_one_file_with_more_in_its_name(tmp_path: Path, name: str) -> None:
    for other in ("parallel.en-fr.tsv", "en-fr.vec", "en.txt", "de-en-fr.txt"):
        write(tmp_path / other, "a sentence\n")
    assert file_of_pair(tmp_path, "en", "fr") is None
    write(tmp_path / name, "cat\tchat\n")
    assert file_of_pair(tmp_path, "en", "fr") == tmp_path / name


def test_several_files_with_more_in_their_names_are_refused(tmp_path: Path) -> None:
    for name in ("en-fr.0-5000.txt", "en-fr.5000-6500.txt"):
        write(tmp_path / name, "cat\tchat\n")
    with pytest.raises(InputError, match=r"en-fr.0-5000.txt or en-fr.5000-6500.txt\? Name"):
        file_of_pair(tmp_path, "en", "fr")


def test_a_name_with_a_hyphen_names_no_pair(tmp_path: Path) -> None:
    data = DataConfig(dictionary=str(write(tmp_path / "my-words.tsv", "cat\tgato\n")))
    assert list(dictionary_files(data, ("pt-BR", "en"))) == [("pt-BR", "en")]


def test_in_a_folder_the_name_in_the_case_of_the_tags_comes_first(tmp_path: Path) -> None:
    for name in ("EN-PT-BR.tsv", "en-pt-BR.tsv", "en-pt-br.txt"):
        write(tmp_path / name, "cat\tgato\n")
    assert file_of_pair(tmp_path, "en", "pt-BR") == tmp_path / "en-pt-BR.tsv"
    assert file_of_pair(tmp_path, "en", "pt") is None


@pytest.mark.parametrize("place", ["", "en-fr.tsv"])
def test_a_language_again_has_the_dictionary_of_its_text(tmp_path: Path, place: str) -> None:
    write(tmp_path / "en-fr.tsv", "cat\tchat\n")
    data = DataConfig(dictionary=str(tmp_path / place))
    for source in ("en", "en2"):
        assert translations(data, ("en", "en2", "fr"), source) == [{"cat": {"chat": 1.0}}]


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

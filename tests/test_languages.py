"""Names of languages: which are valid, whose text they mean, what files and arguments they name."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icu4py.locale import Locale

from mlm_xling.errors import InputError
from mlm_xling.languages import (
    derivations,
    find_file,
    is_language,
    named_pair,
    primary_subtag,
    spelling,
    split_languages,
    text_language,
    underived,
)

TAGS = ("en", "pt-BR", "zh-Hant", "sr-Latn", "nds", "es-419", "az-baku1926", "be-tarask", "zh-TW")


@pytest.mark.parametrize("name", [*TAGS, "pt-br", "EN", "x-elvish", "a", "e"])
def test_a_tag_is_a_language_and_so_is_its_second_use(name: str) -> None:
    assert is_language(name)
    assert is_language(f"{name}2")


@pytest.mark.parametrize(
    "name", ["", "English", "pt_BR", "en-", "-en", "xx", "en1", "en22", "en-fr-de", "A", "é", "en'"]
)
def test_what_is_no_tag_is_no_language(name: str) -> None:
    assert not is_language(name)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en2", "en"),
        ("pt-BR9", "pt-BR"),
        ("a2", "a"),
        ("es-419", "es-419"),
        ("es-4192", "es-419"),
        ("az-baku1926", "az-baku1926"),
        ("az-baku19262", "az-baku1926"),
        ("en'", "en'"),
    ],
)
def test_a_digit_that_is_not_the_tags_own_means_the_same_text(language: str, text: str) -> None:
    assert text_language(language) == text


@pytest.mark.parametrize("name", ["a:syntax=d", "ab:syntax=cd", "a:syntax=d:shift:reverse"])
def test_a_language_of_the_lab_may_have_the_grammar_of_another(name: str) -> None:
    assert is_language(name)
    assert text_language(name) == underived(name) == name.removesuffix(":shift:reverse")
    assert derivations(name) == (("shift", "reverse") if "shift" in name else ())
    assert split_languages(f"a-{name}") == ("a", name)


@pytest.mark.parametrize("name", ["en-GB:syntax=d", "a2:syntax=d", "a:shift:syntax=d", "a:syntax="])
def test_a_grammar_is_said_of_a_language_of_the_lab_right_after_its_name(name: str) -> None:
    assert not is_language(name)


@given(tag=st.sampled_from(TAGS), digit=st.integers(2, 9))
def test_every_second_use_means_its_tag(tag: str, digit: int) -> None:
    assert text_language(tag) == tag
    assert text_language(f"{tag}{digit}") == tag


@pytest.mark.parametrize("tag", TAGS)
def test_the_primary_subtag_is_the_language_that_icu_sees(tag: str) -> None:
    expected = Locale(tag).language
    assert primary_subtag(tag) == primary_subtag(tag.upper()) == primary_subtag(f"{tag}2")
    assert primary_subtag(tag) == expected


def test_names_are_found_whatever_their_case_the_same_first() -> None:
    assert spelling("pt-BR", ("en", "pt-br")) == "pt-br"
    assert spelling("pt-BR", ("pt-br", "pt-BR")) == "pt-BR"
    assert spelling("pt-BR", ("pt", "br")) is None


@pytest.mark.parametrize("name", ["pt-br.txt", "PT-BR.txt", "pt-BR.txt", "Pt-Br.TXT"])
def test_a_file_is_found_whatever_its_case(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (tmp_path / "pt.txt").touch()
    assert find_file(tmp_path, "pt-BR.txt") == tmp_path / name


def test_of_files_that_differ_in_case_the_exact_one_is_found(tmp_path: Path) -> None:
    for name in ("PT-BR.txt", "pt-BR.txt", "pt-br.txt"):
        (tmp_path / name).touch()
    assert find_file(tmp_path, "pt-BR.txt") == tmp_path / "pt-BR.txt"
    with pytest.raises(InputError, match=r"PT-BR.txt or pt-BR.txt\? Name one of them Pt-Br.txt"):
        find_file(tmp_path, "Pt-Br.txt")


def test_a_file_that_is_not_there_has_its_place_named(tmp_path: Path) -> None:
    assert find_file(tmp_path, "en.txt") == tmp_path / "en.txt"
    assert find_file(tmp_path / "nowhere", "en.txt") == tmp_path / "nowhere" / "en.txt"


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("en-fr.tsv", ("en", "fr")),
        ("fr-en.txt", ("fr", "en")),
        ("dictionary.en-pt-BR.tsv", ("en", "pt-BR")),
        ("zh-hant-EN.txt", ("zh-Hant", "en")),
        ("en-fr.0-5000.txt", ("en", "fr")),
        ("pt-br-zh-hant", ("pt-BR", "zh-Hant")),
        ("en-de.txt", ("en", "de")),
        ("ru-pt-BR.txt", ("ru", "pt-BR")),
        ("my-words.tsv", None),
        ("words.tsv", None),
        ("0-5000.txt", None),
        ("en.fr.txt", None),
    ],
)
def test_a_file_name_names_a_pair_of_the_run_or_one_of_it_and_another(name, pair) -> None:
    assert named_pair(name, ("en", "fr", "pt-BR", "zh-Hant")) == pair


def test_hyphens_make_a_pair_only_of_languages() -> None:
    assert named_pair("my-words.tsv", ("my", "en")) is None
    assert named_pair("my-en.tsv", ("my", "en")) == ("my", "en")
    assert named_pair("en-big.tsv", ("en", "fr")) is None  # `big` is a language, of New Guinea


@pytest.mark.parametrize("name", ["en_fr.txt", "en-to-fr.tsv", "muse.en_FR.txt", "en-vs-fr.txt"])
def test_a_pair_is_known_whatever_joins_it(name: str) -> None:
    assert named_pair(name, ("fr", "en")) == ("en", "fr")


@given(
    pair=st.sampled_from(list(permutations(TAGS, 2))),
    name=st.sampled_from(["{}-{}.tsv", "dictionary.{}-{}.tsv", "{}-{}.0-5000.txt"]),
    spelled=st.sampled_from([str, str.lower, str.upper]),
)
def test_every_pair_of_tags_is_read_from_its_file_names(pair, name, spelled) -> None:
    assert named_pair(spelled(name.format(*pair)), TAGS) == pair


@pytest.mark.parametrize(
    ("argument", "languages"),
    [
        ("en-fr", ("en", "fr")),
        ("a-b-c", ("a", "b", "c")),
        ("en", ("en",)),
        ("en-en2-fr", ("en", "en2", "fr")),
        ("en-pt-BR-zh-Hant", ("en", "pt-BR", "zh-Hant")),
        ("es-419-pt-BR2-nds", ("es-419", "pt-BR2", "nds")),
        ("be-tarask-ru", ("be-tarask", "ru")),
        ("zh-yue,en", ("zh-yue", "en")),
    ],
)
def test_an_argument_falls_into_languages(argument: str, languages: tuple[str, ...]) -> None:
    assert split_languages(argument) == languages


@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=4))
def test_tags_joined_by_hyphens_come_apart_again(tags: list[str]) -> None:
    assert split_languages("-".join(tags)) == tuple(tags)

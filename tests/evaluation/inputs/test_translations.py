"""Dictionaries from files: what is read, how it is divided, what is refused."""

from typing import Any

import pytest

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.translations import GIVEN_WORDS, read_single_words, translations
from mlm_xling.model.pretrained import Pretrained

NOTHING: Any = None


def model(path, *languages):
    config = Config(languages=languages)
    config.data.dictionary = str(path)
    return Pretrained(config, NOTHING, NOTHING, 0, None)


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path / name

    return write


def test_muse_and_tsv_lines_are_read_in_lower_case(write):
    path = write(
        "en-fr.txt", "The le\nthe\tla\t0.7\n\nCats chats\ncats\tchattes\t1\tCat\nice cream\tglace\n"
    )

    assert read_single_words(path).pairs == {"the": ("le", "la"), "cats": ("chats", "chattes")}
    assert read_single_words(path).lemmas == {"cats": ("cat",)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b\nlonely\n", r"en-fr.txt:2: must be source<TAB>target"),
        ("a b c\n", r"en-fr.txt:1: must be source<TAB>target"),
        ("a\tb\t1\tx\ty\n", r"en-fr.txt:1: must be source<TAB>target"),
        ("a\t\n", r"en-fr.txt:1: must be source<TAB>target"),
        ("a b\nc \udcff\n".encode(errors="surrogateescape"), r"en-fr.txt:2: not UTF-8"),
        ("ice cream\tglace\n", r"en-fr.txt: no pair of single words"),
    ],
)
def test_a_damaged_file_is_refused(write, text, message):
    with pytest.raises(InputError, match=message):
        read_single_words(write("en-fr.txt", text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"config.data.dictionary: .*none.txt: no such file"):
        read_single_words(tmp_path / "none.txt")


def test_a_dictionary_says_how_it_is_divided_and_warns_where_little_is_left(write):
    one = model(write("en-fr.txt", "".join(f"{word} x\n" for word in "abcdefgh")), "en", "fr")
    inputs = Inputs(one, one)

    translations(inputs)

    assert inputs.notes == ["en-fr.txt: 8 words fit the map, 0 are looked up"]
    assert "only 0 words are looked up" in inputs.warnings[0]


@pytest.mark.parametrize(("share", "is_told"), [(0.0, False), (0.3, True)])
def test_words_that_training_may_have_been_given_are_warned_of(write, share, is_told):
    words = [f"{a}{b}" for a in "abcdefgh" for b in "klmnopqr"]
    one = model(write("en-fr.txt", "".join(f"{w} {w}x\n" for w in words)), "en", "fr")
    one.config.data.code_switching.probability = share
    inputs = Inputs(one, one)

    translations(inputs)

    assert (GIVEN_WORDS in inputs.warnings) == is_told


def test_only_what_other_evaluations_asked_is_looked_up(write, tmp_path):
    words = [f"{a}{b}" for a in "abcdefgh" for b in "klmnopqr"]
    one = model(write("en-fr.txt", "".join(f"{w} {w}x\n{w} {w}y\n" for w in words)), "en", "fr")
    everything = translations(Inputs(one, one))["fr"]
    first, second, third, *_ = everything.test
    for name, lines, single in (
        ("one", f"{first}\t{first}x\n{second}\t{second}y\n", ""),
        ("two", f"{second}\t{second}x\n{second}\t{second}y\n{third}\t{third}x\n", "a b\n"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lexicon.en-fr.tsv").write_text(lines)
        (tmp_path / name / "lexicon_single.en-fr.tsv").write_text(single)
    one.config.evaluation.lexicon.only = (str(tmp_path / "one"), str(tmp_path / "two"))

    found = translations(Inputs(one, one))["fr"]

    assert found.test == {second: (f"{second}y",)}
    assert found.of_single == {}
    assert everything.of_single == everything.test
    assert found.train == everything.train


def test_a_folder_where_no_words_were_asked_is_named(write, tmp_path):
    one = model(write("en-fr.txt", "a b\n"), "en", "fr")
    one.config.evaluation.lexicon.only = (str(tmp_path),)

    with pytest.raises(InputError, match=r"lexicon.only=.*: no lexicon.en-fr.tsv; run run_eval"):
        translations(Inputs(one, one))


def test_a_folder_serves_every_target_that_it_has_a_file_for(write):
    folder = write("en-fr.txt", "a b\n").parent
    write("en-ru.txt", "a c\n")
    one = model(folder, "en", "fr", "de", "ru")

    assert list(translations(Inputs(one, one))) == ["fr", "ru"]


@pytest.mark.parametrize("place", [".", "en-fr.txt"])
def test_a_target_without_a_dictionary_is_warned_of(write, place):
    folder = write("en-fr.txt", "a b\n").parent
    one = model(folder / place, "en", "fr", "de", "en2")
    inputs = Inputs(one, one)

    translations(inputs)

    lacking = [warning for warning in inputs.warnings if "no dictionary" in warning]
    assert lacking == [f"lexicon: no dictionary en-de in {folder / place}; nothing is measured"]


def test_a_file_serves_the_target_in_its_name_or_the_only_one(write):
    named, unnamed = write("en-ru.txt", "a b\n"), write("words.tsv", "a b\n")
    many, few = model(named, "en", "fr", "ru"), model(unnamed, "en", "fr")

    assert list(translations(Inputs(many, many))) == ["ru"]
    assert list(translations(Inputs(few, few))) == ["fr"]
    assert list(translations(Inputs(model(unnamed, "en"), model("", "fr")))) == ["fr"]


@pytest.mark.parametrize("name", ["en-pt-BR.tsv", "EN-pt-br.0-5000.txt"])
def test_a_file_serves_the_tag_in_its_name_whatever_its_case(write, name):
    one = model(write(name, "a b\n"), "en", "fr", "pt-BR", "pt-BR2")

    assert list(translations(Inputs(one, one))) == ["pt-BR", "pt-BR2"]


def test_a_folder_is_searched_whatever_the_case(write):
    folder = write("Dictionary.en-PT-br.tsv", "a b\n").parent
    one = model(folder, "en", "pt-BR", "fr")

    assert list(translations(Inputs(one, one))) == ["pt-BR"]


def test_a_name_with_a_hyphen_names_no_pair(write):
    one = model(write("my-words.tsv", "a b\n"), "en", "pt-BR")

    assert list(translations(Inputs(one, one))) == ["pt-BR"]


@pytest.mark.parametrize(
    ("name", "languages", "message"),
    [
        ("en-pt-PT.txt", ("en", "pt-BR"), r"know no 'pt-pt', only en, pt-BR"),
        ("en-de.txt", ("en", "fr"), r"know no 'de', only en, fr"),
        ("ru-fr.txt", ("en", "fr"), r"know no 'ru'"),
        ("fr-en.txt", ("en", "fr"), r"give a file en-<language>.txt"),
        ("words.txt", ("en", "fr", "ru"), r"give a file en-<language>.txt"),
        ("en-fr.txt", ("en",), r"no second language beside 'en'"),
    ],
)
def test_a_file_for_other_languages_is_refused(write, name, languages, message):
    one = model(write(name, "a b\n"), *languages)

    with pytest.raises(InputError, match=message):
        translations(Inputs(one, one))


def test_a_folder_without_a_fitting_file_is_refused(tmp_path):
    one = model(tmp_path, "en", "fr")

    with pytest.raises(InputError, match=r"which would be en-fr.tsv"):
        translations(Inputs(one, one))


def test_no_dictionary_at_all_is_named():
    one = model("", "en", "fr")

    with pytest.raises(InputError, match=r"config.data.dictionary: the lexicon needs"):
        translations(Inputs(one, one))

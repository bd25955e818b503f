"""Which rows of a parallel file evaluation reserves."""

import codecs
import functools
import unicodedata
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.data.parallel import (
    HOLD_OUT,
    all_rows,
    column_of,
    configured_parallel,
    evaluation_rows,
    in_memory,
    read_parallel,
    reserved,
    reserved_hashes,
    rows_to_align,
    without_column,
)
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError

LANGUAGES = ("en", "fr", "ru")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Thirty good rows, and some that cannot be told apart or lack a sentence."""
    rows = [[f"{language} sentence {i}" for language in LANGUAGES] for i in range(30)]
    rows += [["same", "fr x", "ru x"], ["same", "fr y", "ru y"], ["alone", "", "ru z"]]
    path = tmp_path / "rows.tsv"
    path.write_text("\n".join("\t".join(row) for row in [LANGUAGES, *rows]) + "\n")
    return path


def number(sentence: str) -> int:
    return int(sentence.split()[-1])


def test_rows_are_parallel_disjoint_and_unambiguous(path: Path) -> None:
    test, fit = evaluation_rows(read_parallel(path), pairs=20, fit_pairs=10)
    for part, size in ((test, 20), (fit, 10)):
        assert list(map(number, part["en"])) == list(map(number, part["ru"]))
        assert len(part["fr"]) == size
    assert {number(sentence) for sentence in test["en"] + fit["en"]} == set(range(30))


def test_a_row_needs_all_columns_whichever_languages_are_asked_for(path: Path) -> None:
    test, fit = evaluation_rows(read_parallel(path), pairs=20, fit_pairs=10)
    assert not {"alone", "same"} & {*test["en"], *fit["en"]}


def test_all_rows_are_those_and_at_most_the_limit(path: Path) -> None:
    test, fit = evaluation_rows(read_parallel(path), 20, 10)
    assert all_rows(read_parallel(path), 1000)["fr"] == test["fr"] + fit["fr"]
    assert all_rows(read_parallel(path), 20) == test


def test_the_choice_does_not_depend_on_the_order_of_the_file(path: Path) -> None:
    before = evaluation_rows(read_parallel(path), 5, 5)
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *reversed(rows)]))
    assert evaluation_rows(read_parallel(path), 5, 5) == before


def test_more_rows_keep_the_rows_chosen_first(path: Path) -> None:
    few, _ = evaluation_rows(read_parallel(path), 5, 5)
    many, _ = evaluation_rows(read_parallel(path), 10, 5)
    assert many["en"][:5] == few["en"]


def test_both_parts_are_reserved(path: Path) -> None:
    test, fit = evaluation_rows(read_parallel(path), 5, 5)
    hashes = {sentence_hash(sentence) for sentence in test["en"] + fit["en"]}
    assert reserved_hashes(read_parallel(path), ("en",), 5, 5) == {"en": hashes}


def test_rows_to_align_follow_those_measured_on_and_their_tests_are_reserved(path: Path) -> None:
    rows, tested = rows_to_align(read_parallel(path), 5, 21)
    assert rows["en"] == all_rows(read_parallel(path), 26)["en"][5:]
    assert [i for i, is_test in enumerate(tested) if is_test] == [0, 10, 20]

    hashes = reserved_hashes(read_parallel(path), ("en", "fr"), 5, 5, aligned=21)
    for language, of_language in reserved_hashes(read_parallel(path), ("en", "fr"), 5, 5).items():
        more = {sentence_hash(rows[language][i]) for i in (0, 10, 20)}
        assert hashes[language] == of_language | more


def test_what_evaluators_will_test_on_is_kept_out_of_the_text(path: Path) -> None:
    config = Config(languages=("en",))
    config.data.parallel = str(path)
    config.evaluation.pairs = config.evaluation.fit_pairs = 5
    rows, _ = rows_to_align(read_parallel(path), 5, 10_000)

    assert sentence_hash(rows["en"][20]) in reserved(config, configured_parallel(config))
    assert len(reserved(config, configured_parallel(config))) == 12

    config.evaluation.contextual.bitext = "bitext"
    assert len(reserved(config, configured_parallel(config))) == 10


@pytest.mark.parametrize("field", HOLD_OUT)
def test_each_of_the_fields_that_are_named_changes_what_is_held_out(path: Path, field: str) -> None:
    config = Config(languages=("en", "fr"))
    config.data.parallel = str(path)
    config.evaluation.pairs = config.evaluation.fit_pairs = 5
    before = reserved(config, configured_parallel(config))
    *sections, name = field.split(".")
    section = functools.reduce(getattr, sections, config)
    setattr(section, name, "bitext" if name == "bitext" else 8)

    assert reserved(config, configured_parallel(config)) != before


def test_too_few_rows_are_counted(path: Path) -> None:
    with pytest.raises(InputError, match=r"rows.tsv: 30 pairs .* ask for 31"):
        evaluation_rows(read_parallel(path), 20, 11)


def test_the_column_that_costs_most_rows_is_named(path: Path) -> None:
    with pytest.raises(InputError, match=r"ask for 31; in 2 rows 'en' is empty or repeated$"):
        evaluation_rows(read_parallel(path), 20, 11)


def test_columns_that_are_no_language_cost_no_rows(path: Path) -> None:
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{header}\tdomain", *(f"{row}\tnews" for row in rows)]))

    test, _ = evaluation_rows(read_parallel(path), 30, 0)

    assert set(map(number, test["en"])) == set(range(30))


def test_paraphrases_are_sentences_that_must_be_there(path: Path) -> None:
    header, first, *rows = path.read_text().splitlines()
    whole = (f"{row}\tother {i}" for i, row in enumerate(rows))
    path.write_text("\n".join([f"{header}\ten'", f"{first}\t", *whole]))

    with pytest.raises(InputError, match=r": 29 pairs are complete and unique"):
        evaluation_rows(read_parallel(path), 30, 0)


def test_columns_of_all_languages_are_kept_out_of_every_text(tmp_path: Path) -> None:
    """English twice reads a column of its own, if there is one, and paraphrases belong to both."""
    path = tmp_path / "rows.tsv"
    path.write_text("en\ten2\ten'\tfr\tde\none\tuno\tane\tun\teins\n")
    config = Config(languages=("en", "en2", "fr"))
    config.data.parallel = str(path)
    config.evaluation.pairs, config.evaluation.fit_pairs = 1, 0

    found = reserved(config, configured_parallel(config))

    assert found == set(map(sentence_hash, ["one", "uno", "ane", "un"]))


def test_languages_without_a_column_have_nothing_reserved(path: Path) -> None:
    assert reserved_hashes(read_parallel(path), ("en", "zh"), 5, 5)["zh"] == frozenset()


@pytest.mark.parametrize("header", ["en\tpt-br", "EN\tpt-BR", "en\tPT-BR'"])
def test_columns_are_found_and_reserved_whatever_their_case(tmp_path: Path, header: str) -> None:
    (tmp_path / "rows.tsv").write_text(f"{header}\none\tum\n")
    hashes = reserved_hashes(read_parallel(tmp_path / "rows.tsv"), ("en", "pt-BR", "pt-BR2"), 1, 0)
    assert hashes["en"] == {sentence_hash("one")}
    assert hashes["pt-BR"] == hashes["pt-BR2"] == {sentence_hash("um")}


@pytest.mark.parametrize(
    ("language", "column"),
    [("en", "EN"), ("en2", "En'"), ("pt-BR", "pt-br"), ("pt-BR2", "pt-br"), ("pt", None)],
)
def test_a_language_reads_its_column_whatever_its_case(language: str, column: str | None) -> None:
    assert column_of(language, ("EN", "En'", "pt-br")) == column


def test_a_file_without_any_of_the_languages_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"rows.tsv:1: no column 'zh'; there are en, fr, ru"):
        reserved_hashes(read_parallel(path), ("zh", "de"), 5, 5)


def test_a_missing_column_is_told_before_missing_rows(path: Path) -> None:
    with pytest.raises(InputError, match="no column 'zh'"):
        reserved_hashes(read_parallel(path), ("zh", "de"), 10**6, 5)


def test_paraphrases_are_reserved_with_their_language(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text("en\ten'\none\tuno\n")
    assert reserved_hashes(read_parallel(path), ("en",), 1, 0)["en"] == {
        sentence_hash("one"),
        sentence_hash("uno"),
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"rows.tsv: empty"),
        (b"en\ten\na\tb\n", r"rows.tsv:1: the header must name"),
        (b"en\tEN\na\tb\n", r"rows.tsv:1: the header must name"),
        (b"Good morning.\tBon jour.\na\tb\n", r"rows.tsv:1: 'Good morning.' is not a language"),
        (b"en\tfr\na\tb\nc\n", r"rows.tsv:3: 1 columns, the header has 2"),
        (b'en\tfr\na\tb\nc\t"""d"" e"\n', r"rows.tsv:3: '\"\"\"d\"\" e\"' is quoted as in CSV"),
        (b"en\tfr\na\t\xff\n", r"rows.tsv:2: not UTF-8"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "rows.tsv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        evaluation_rows(read_parallel(tmp_path / "rows.tsv"), 1, 0)


def test_a_file_of_windows_in_another_normal_form_has_the_same_rows(tmp_path: Path) -> None:
    rows = "en\tfr\na summer\tun \u00e9t\u00e9\n"
    windows = unicodedata.normalize("NFD", rows).replace("\n", "\r\n") + "\r\n \r\n"
    (tmp_path / "rows.tsv").write_bytes(codecs.BOM_UTF8 + windows.encode())
    text = read_parallel(tmp_path / "rows.tsv")
    assert (text.header, text.rows) == (["en", "fr"], [("a summer", "un été")])


@pytest.mark.parametrize("header", ["A\tB", "id\ten\tfr", "EN\tpt-BR", "zh-Hans\ten'"])
def test_a_header_may_name_other_things_and_languages_in_any_case(tmp_path: Path, header: str):
    (tmp_path / "rows.tsv").write_text(header + "\n" + "\t".join(header.split("\t")) + "\n")

    assert read_parallel(tmp_path / "rows.tsv").header == header.split("\t")


def test_languages_without_a_column_are_listed(path: Path) -> None:
    text = read_parallel(path)
    assert without_column(("en", "zh", "FR", "en2"), text) == ["zh"]
    assert without_column(("zh",), None) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config.data.parallel: .*none.tsv: no such file"):
        evaluation_rows(read_parallel(tmp_path / "none.tsv"), 1, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("ba", "be")], "parallel: is a list; it must be a file, or lists of sentences"),
        ({"en": "ba", "fr": "be"}, "must be a list"),
        ({"en": ["ba", None], "fr": ["be", "bi"]}, r"parallel\['en'\]\[1\]: None is no text"),
        ({"en": ["ba"], "fr": []}, "unequal numbers of them"),
    ],
)
def test_what_are_no_parallel_sentences_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        in_memory(given)

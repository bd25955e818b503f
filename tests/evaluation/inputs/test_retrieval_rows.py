"""Which sentences are searched, and on which rows maps are fitted for it."""

import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows, underdetermined
from mlm_xling.evaluation.inputs.retrieval_rows import retrieval_rows
from tests.evaluation.inputs.unread_models import model


@pytest.fixture
def searched(tmp_path):
    """A file like Tatoeba's: two columns, a duplicate among them."""
    lines = ["en\tfr", *(f"e{i}\tf{i}" for i in range(10)), "e1\tf1"]
    (tmp_path / "tatoeba.tsv").write_text("\n".join(lines) + "\n")
    return str(tmp_path / "tatoeba.tsv")


def test_retrieval_searches_a_file_of_its_own_and_fits_on_all_parallel_rows(
    prepared_config, searched
):
    one = model(prepared_config, None, languages=("en", "fr", "de"), retrieval=(searched,))
    rows = parallel_rows(Inputs(one, one))

    (found,) = retrieval_rows(Inputs(one, one)).values()

    assert sorted(found.test["fr"]) == sorted(f"f{i}" for i in range(10) if i != 1)
    assert found.fit["en"] == rows.test["en"] + rows.fit["en"]


@pytest.fixture
def searching(prepared_config, tmp_path):
    """Makes a model that searches pairs of sentences in a file of their own."""

    def searching(*pairs):
        path = tmp_path / "searched.tsv"
        path.write_text("\n".join(["en\tfr", *map("\t".join, pairs)]) + "\n")
        return model(prepared_config, None, retrieval=(str(path),))

    return searching


def test_maps_are_not_fitted_on_pairs_with_a_sentence_that_is_searched(searching, bilingual):
    """Of three rows: one as it is, the source of one, and the target of one, spaced otherwise."""
    rows = parallel_rows(Inputs(bilingual, bilingual))
    ours = [list(zip(side["en"], side["fr"], strict=True)) for side in (rows.test, rows.fit)]
    (whole, source, *others), (target, *more) = ours
    spaced = target[1].replace(" ", "\u00a0 ")
    one = searching(whole, (source[0], "autre"), ("other", spaced), ("new", "neuf"))
    inputs = Inputs(one, one)

    found = inputs[retrieval_rows]["fr"]

    assert len(found.test["en"]) == 4
    assert list(zip(found.fit["en"], found.fit["fr"], strict=True)) == others + more
    assert inputs.notes == [
        "searched.tsv: 3 of the 20 pairs that maps are fitted on have a sentence of it and were "
        "left out"
    ]


def test_the_file_of_maps_itself_may_be_searched_if_pairs_to_fit_on_are_left(
    prepared_config,
):
    one = model(prepared_config, None, retrieval=(prepared_config.data.parallel,))
    rows = parallel_rows(Inputs(one, one))

    assert Inputs(one, one)[retrieval_rows]["fr"].fit == rows.fit

    one.config.evaluation.fit_pairs = 3
    with pytest.raises(InputError, match=r"parallel.tsv: holds all but 3 of the 15 pairs"):
        retrieval_rows(Inputs(one, one))


def test_without_such_a_file_retrieval_searches_the_parallel_rows(bilingual):
    rows = parallel_rows(Inputs(bilingual, bilingual))

    assert retrieval_rows(Inputs(bilingual, bilingual)) == {"fr": rows}


def test_a_retrieval_file_without_the_models_languages_is_refused(prepared_config, tmp_path):
    (tmp_path / "x.tsv").write_text("en\tzh\na\tb\n")
    one = model(prepared_config, None, retrieval=(str(tmp_path / "x.tsv"),))

    with pytest.raises(InputError, match=r"x.tsv:1: needs a column 'en' and one of fr"):
        retrieval_rows(Inputs(one, one))


def test_each_language_is_searched_in_one_file(prepared_config, searched):
    one = model(prepared_config, None, retrieval=(searched, searched))

    with pytest.raises(InputError, match="and a file before it have a column 'fr'"):
        retrieval_rows(Inputs(one, one))


@pytest.fixture
def searched_in(prepared_config, tmp_path):
    """What two models, the second with all languages, search in files with these columns."""

    def write(*header):
        path = tmp_path / f"{'-'.join(header)}.tsv"
        rows = [header, *([f"{name} {header} {i}" for name in header] for i in range(20))]
        path.write_text("\n".join(map("\t".join, rows)) + "\n")
        return str(path)

    def searched_in(*headers):
        all_languages = "en", "en2", "fr", "ru"
        files, parallel = tuple(write(*header) for header in headers), write(*all_languages)
        one, other = (
            model(prepared_config, None, languages=names, parallel=parallel, retrieval=files)
            for names in (("en",), all_languages)
        )
        return retrieval_rows(Inputs(one, other))

    return searched_in


def test_what_reads_the_column_of_the_first_language_again_is_searched_in_the_first_file(
    searched_in,
):
    found = searched_in(("en", "fr"), ("en", "ru"))

    assert list(found) == ["en'", "en2", "fr", "ru"]
    assert found["en'"] == found["en2"] == found["fr"] != found["ru"]


def test_paraphrases_are_searched_before_the_sentences_themselves(searched_in):
    found = searched_in(("en", "fr"), ("en", "en'", "ru"))

    assert found["en'"] == found["ru"]


def test_a_language_that_no_file_has_is_warned_of(prepared_config, tmp_path):
    parallel = tmp_path / "parallel.tsv"
    rows = [f"en {i}\tfr {i}\tde {i}" for i in range(20)]
    parallel.write_text("\n".join(["en\tfr\tde", *rows]) + "\n")
    searched = tmp_path / "searched.tsv"
    searched.write_text("en\tfr\n" + "".join(f"e{i}\tf{i}\n" for i in range(9)))
    one = model(prepared_config, None, languages=("en", "fr", "de"), retrieval=(str(searched),))
    one.config.data.parallel = str(parallel)
    inputs = Inputs(one, one)

    assert list(inputs[retrieval_rows]) == ["fr"]
    assert "config.data.retrieval: no column 'de'; it is not searched" in inputs.warnings


@pytest.mark.parametrize(
    "rows", [[], [("a", "b")], [("a", "b"), ("a", "c"), ("", "d"), ("e", "f")]]
)
def test_too_few_rows_to_search_are_refused(searching, rows):
    one = searching(*rows)

    with pytest.raises(InputError, match=rf"searched.tsv: [01] of {len(rows)} rows are complete"):
        retrieval_rows(Inputs(one, one))


def test_a_map_from_too_few_rows_is_warned_of(prepared_config):
    one = model(prepared_config, None)
    one.config.model.width, one.config.evaluation.fit_pairs = 5, 9
    inputs = Inputs(one, one)

    inputs[retrieval_rows]

    assert "fitted on 9 pairs, less than 2 x the width 5" in inputs.warnings[-1]
    assert "or shrink them (config.evaluation.shrunk_maps)" in inputs.warnings[-1]
    assert underdetermined(10, 5) is None


def test_pairs_that_are_searched_elsewhere_fit_the_map_too_and_are_counted(
    prepared_config, searched
):
    one = model(prepared_config, None, retrieval=(searched,))
    one.config.model.width = 10
    inputs = Inputs(one, one)

    inputs[retrieval_rows]

    assert not [line for line in inputs.warnings if "Procrustes" in line], "20 pairs, not 8"

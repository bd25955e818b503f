"""Which parallel rows are measured on, and what is said about those that training saw."""

import copy
import shutil
from typing import Any

import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs import parallel_rows as module
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import (
    language_of,
    parallel_rows,
    underdetermined,
)
from mlm_xling.evaluation.inputs.retrieval_rows import retrieval_rows
from mlm_xling.model.pretrained import Pretrained

NO_ENCODER: Any = None


def model(config, data_dir, **changes):
    config = copy.deepcopy(config)
    config.languages = changes.pop("languages", config.languages)
    for name, value in changes.items():
        setattr(config.data, name, value)
    return Pretrained(config, NO_ENCODER, NO_ENCODER, 3, data_dir)


@pytest.fixture
def bilingual(prepared_config, prepared):
    return model(prepared_config, prepared.directory)


def see(monkeypatch, lines):
    """Makes sentences seen ones."""
    monkeypatch.setattr(module, "seen_in_training", lambda _, asked: [s in lines for s in asked])


def test_rows_reserved_at_pretraining_are_unseen(bilingual):
    inputs = Inputs(bilingual, bilingual)

    rows = inputs[parallel_rows]

    assert {name: len(lines) for name, lines in rows.test.items()} == {"en": 12, "fr": 12}
    assert {name: len(lines) for name, lines in rows.fit.items()} == {"en": 8, "fr": 8}
    assert rows.seen_fraction("en", "fr") == 0
    assert inputs.warnings == []


def test_a_few_seen_rows_are_left_out(bilingual, monkeypatch):
    everything = parallel_rows(Inputs(bilingual, bilingual))
    see(monkeypatch, everything.test["fr"][:6])
    inputs = Inputs(bilingual, bilingual)

    rows = inputs[parallel_rows]

    assert rows.test == {name: lines[6:] for name, lines in everything.test.items()}
    assert rows.seen_fraction("en", "fr") == 0
    assert "6 of the 12 pairs" in inputs.warnings[0]


def test_if_most_rows_were_seen_all_are_used_and_it_is_said(bilingual, monkeypatch):
    everything = parallel_rows(Inputs(bilingual, bilingual))
    see(monkeypatch, everything.test["fr"][:9])
    inputs = Inputs(bilingual, bilingual)

    rows = inputs[parallel_rows]

    assert len(rows.test["en"]) == 12
    assert rows.seen_fraction("en", "fr") == 0.75
    assert "pretraining saw 9 of the 12 pairs" in inputs.warnings[0]
    assert "\n" not in inputs.warnings[0]


def test_a_language_without_a_column_is_warned_of(prepared_config, prepared):
    one = model(prepared_config, prepared.directory, languages=("en", "fr", "de"))
    inputs = Inputs(one, one)

    inputs[parallel_rows]

    (line,) = [line for line in inputs.warnings if "no column" in line]
    assert line.endswith("parallel.tsv: no column 'de'; nothing is measured on sentences of it")


def test_what_was_learnt_before_the_run_is_seen_too(bilingual, prepared, monkeypatch, tmp_path):
    everything = parallel_rows(Inputs(bilingual, bilingual)).test
    earlier = shutil.copytree(prepared.directory, tmp_path / "streams")
    read = {prepared.directory: everything["fr"][:4], earlier: everything["en"][2:9]}
    monkeypatch.setattr(
        module, "seen_in_training", lambda of, asked: [s in read[of.directory] for s in asked]
    )
    begun, unknown = (bilingual._replace(earlier_data=(text,)) for text in (earlier, None))

    assert parallel_rows(Inputs(begun, begun)).seen_fraction("en", "fr") == 9 / 12
    assert parallel_rows(Inputs(unknown, unknown)).seen_fraction("en", "fr") is None


def test_without_the_prepared_text_nothing_is_known(prepared_config):
    alone = model(prepared_config, None)
    inputs = Inputs(alone, alone)

    rows = inputs[parallel_rows]

    assert rows.seen_fraction("en", "fr") is None
    assert "unknown" in inputs.warnings[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"languages": ("en",)}, "two languages"),
        ({"parallel": ""}, "config.data.parallel"),
        ({"languages": ("en", "ru")}, r"parallel.tsv:1: no column of a second language"),
        ({"languages": ("de", "en")}, r"parallel.tsv:1: no column 'de', the language that others"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(prepared_config, change, message):
    one = model(prepared_config, None, **change)

    with pytest.raises(InputError, match=message):
        parallel_rows(Inputs(one, one))


def test_a_file_of_one_column_is_told_as_such_though_it_has_too_few_rows(prepared_config, tmp_path):
    path = tmp_path / "one.tsv"
    path.write_text("en\nhello\n")
    alone = model(prepared_config, None, parallel=str(path))

    with pytest.raises(InputError, match=r"one.tsv:1: no column of a second language"):
        parallel_rows(Inputs(alone, alone))


def test_languages_without_a_column_are_left_out(prepared_config):
    five = model(prepared_config, None, languages=("de", "en", "fr", "ru"))
    six = model(prepared_config, None, languages=("en", "de", "fr"))

    with pytest.raises(InputError, match="no column 'de'"):
        parallel_rows(Inputs(five, six))
    assert parallel_rows(Inputs(six, six)).targets == ("fr",)


def test_two_models_of_one_language_read_the_same_sentences(prepared_config):
    one = model(prepared_config, None, languages=("en",))
    other = model(prepared_config, None, languages=("en",))

    rows = parallel_rows(Inputs(one, other))

    assert (rows.source, rows.targets) == ("en", ("en'",))
    assert rows.test["en'"] == rows.test["en"]


def test_paraphrases_are_read_instead_if_there_are_any(prepared_config, tmp_path):
    lines = [f"one {i}\tuno {i}" for i in range(20)]
    (tmp_path / "rows.tsv").write_text("\n".join(["en\ten'", *lines]) + "\n")
    path = str(tmp_path / "rows.tsv")
    one, other = (
        model(prepared_config, None, languages=languages, parallel=path)
        for languages in (("en", "fr"), ("en",))
    )

    assert parallel_rows(Inputs(one, other)).test["en'"][0].startswith("uno")
    assert parallel_rows(Inputs(one, one)).targets == ("en'",)


@pytest.mark.parametrize("first", ["en2", "en:shift"])
def test_paraphrases_are_read_in_the_language_that_they_are_compared_with(
    prepared_config, tmp_path, first
):
    lines = [f"one {i}\tuno {i}\tun {i}" for i in range(20)]
    (tmp_path / "rows.tsv").write_text("\n".join(["en\ten'\tfr", *lines]) + "\n")
    path = str(tmp_path / "rows.tsv")
    one, other = (
        model(prepared_config, None, languages=(first, "fr"), parallel=path) for _ in range(2)
    )

    within, between = parallel_rows(Inputs(one, one)), parallel_rows(Inputs(one, other))

    compared = [within.test[name] for name in within.targets]
    assert within.test[first] not in compared, "no sentence is compared with itself"
    assert between.targets == (f"{first}'", "fr")
    assert between.test[f"{first}'"][0].startswith("uno")
    assert {language_of(name) for name in between.targets} == {first, "fr"}


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


def test_sentences_of_a_derived_language_are_in_its_order(
    prepared_config,
):
    one = model(prepared_config, None, languages=("en", "en:reverse"))

    rows = parallel_rows(Inputs(one, one))

    for sentences in (rows.test, rows.fit):
        assert sentences["en:reverse"] == [" ".join(line.split()[::-1]) for line in sentences["en"]]

"""Which parallel rows are measured on, and what is said about those that training saw."""

import shutil

import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs import parallel_rows as module
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import (
    language_of,
    parallel_rows,
)
from tests.evaluation.inputs.unread_models import model


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


def test_sentences_of_a_derived_language_are_in_its_order(
    prepared_config,
):
    one = model(prepared_config, None, languages=("en", "en:reverse"))

    rows = parallel_rows(Inputs(one, one))

    for sentences in (rows.test, rows.fit):
        assert sentences["en:reverse"] == [" ".join(line.split()[::-1]) for line in sentences["en"]]

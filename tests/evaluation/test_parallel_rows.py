"""Which parallel rows are measured on, and what is said about those that training saw."""

import copy

import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation import parallel_rows
from mlm_xling.evaluation.parallel_rows import load_rows


def see(monkeypatch, number):
    """Makes the first `number` French test sentences seen ones."""
    monkeypatch.setattr(
        parallel_rows,
        "seen_in_training",
        lambda _, language, lines: [language == "fr" and i < number for i in range(len(lines))],
    )


def test_rows_reserved_at_pretraining_are_unseen(prepared_config, prepared):
    rows = load_rows(prepared_config, prepared.directory)

    assert {name: len(lines) for name, lines in rows.test.items()} == {"en": 12, "fr": 12}
    assert {name: len(lines) for name, lines in rows.fit.items()} == {"en": 8, "fr": 8}
    assert rows.seen_fraction("en", "fr") == 0
    assert rows.warning is None


def test_a_few_seen_rows_are_left_out(prepared_config, prepared, monkeypatch):
    everything = load_rows(prepared_config, prepared.directory)
    see(monkeypatch, 6)

    rows = load_rows(prepared_config, prepared.directory)

    assert rows.test == {name: lines[6:] for name, lines in everything.test.items()}
    assert rows.seen_fraction("en", "fr") == 0
    assert "6 of the 12 pairs" in str(rows.warning)


def test_if_most_rows_were_seen_all_are_used_and_it_is_said(prepared_config, prepared, monkeypatch):
    see(monkeypatch, 9)

    rows = load_rows(prepared_config, prepared.directory)

    assert len(rows.test["en"]) == 12
    assert rows.seen_fraction("en", "fr") == 0.75
    assert "pretraining saw 9 of the 12 pairs" in str(rows.warning)
    assert "\n" not in str(rows.warning)


def test_without_the_prepared_text_nothing_is_known(prepared_config):
    rows = load_rows(prepared_config, None)

    assert rows.seen_fraction("en", "fr") is None
    assert "unknown" in str(rows.warning)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"languages": ("en",)}, "two languages"), ({"parallel": ""}, "config.data.parallel")],
)
def test_what_cannot_be_evaluated_is_refused(prepared_config, change, message):
    config = copy.deepcopy(prepared_config)
    config.languages = change.get("languages", config.languages)
    config.data.parallel = change.get("parallel", config.data.parallel)

    with pytest.raises(InputError, match=message):
        load_rows(config, None)

"""Warnings of figures that were not measured alike."""

import pytest

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint, set_field
from mlm_xling.configurations import write_configuration
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.reports.comparability import setting_notes, unlike_notes
from mlm_xling.reports.page import write_report
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.made_up import everything, measured


def alike(runs, **changes):
    """The notes of a report whose first run has another number of items."""
    return unlike_notes({name: [measured(**(own | changes))] for name, own in runs.items()})


def test_figures_of_unlike_items_are_told_with_who_was_measured_on_how_many():
    words = {"metric": "word_p@1_other", "evaluator": "lexicon"}
    runs = {"bi": {"n": 40, "items": "x"}, "mono": {"n": 20, "items": "y"}}

    (note,) = alike(runs, **words)

    assert (
        "en-fr: figures of lexicon are measured on different items (40 of bi; 20 of mono)" in note
    )
    assert "config.evaluation.lexicon.only" in note


@pytest.mark.parametrize(
    ("first", "second", "unlike"),
    [
        ({"items": "x"}, {"items": "y"}, True),
        ({"items": "x"}, {"items": "x"}, False),
        ({"items": None}, {"items": "x"}, False),
        ({"items": None}, {"items": None, "n": 9}, True),
        ({"items": "x", "model": "random"}, {"items": "y", "target": "ru"}, False),
        ({"items": "x", "metric": "cka"}, {"items": "y", "metric": "word_coverage"}, False),
    ],
)
def test_items_are_compared_where_figures_are(first, second, unlike):
    assert bool(alike({"one": first, "two": second})) == unlike


def changed(values):
    config = Config()
    for name, value in values.items():
        set_field(config, name, value)
    return config


@pytest.fixture
def told():
    """Returns the notes of a trained and an untrained encoder, measured with these settings."""

    def told(evaluator, trained, untrained, **changes):
        configs = changed(trained), changed(untrained)
        settings = {fingerprint(config): [config] for config in configs}
        results = [
            measured(evaluator, None, evaluator=evaluator, model=model, config=name, **changes)
            for model, name in zip(("trained", "random"), map(fingerprint, configs), strict=True)
        ]
        return setting_notes({"run": results}, settings)

    return told


def test_a_setting_in_which_figures_side_by_side_differ_is_told_with_its_values(told):
    short = {"evaluation.parsing.epochs": 3, "evaluation.parsing.batch_sizes": (8, 16)}

    (note,) = told("parsing", short, {})

    assert note == (
        "en-fr: figures of parsing are measured with different settings "
        "(config.evaluation.parsing.batch_sizes: 8,16 of run; 16,32 of run, untrained, "
        "config.evaluation.parsing.epochs: 3 of run; 10 of run, untrained) and cannot be "
        "compared, unless that is the question."
    )


@pytest.mark.parametrize(
    ("evaluator", "setting", "value"),
    [
        ("ner", "ner.epochs", 3),
        ("ner", "ner.train", "own.bio"),
        ("contextual_ner", "ner.epochs", 3),
        ("contextual_ner", "contextual.pairs", 50),
        ("lexicon", "lexicon.stems", False),
        ("cka", "pooling", "first"),
        ("retrieval", "fit_pairs", 70),
        ("contextual", "pairs", 70),
        ("parsing", "finetuning.reinitialise", ("layer_1",)),
    ],
)
def test_settings_that_matter_to_an_evaluator_are_compared(told, evaluator, setting, value):
    assert told(evaluator, {f"evaluation.{setting}": value}, {})


@pytest.mark.parametrize(
    ("evaluator", "setting", "value"),
    [
        ("ner", "parsing.epochs", 3),
        ("ner", "pooling", "first"),
        ("ner", "finetuning.targets", ("fr",)),
        ("ner", "ner.test", "own.bio"),
        ("lexicon", "fit_pairs", 70),
        ("retrieval", "lexicon.stems", False),
        ("retrieval", "resamples", 50),
        ("retrieval", "pairs", 70),
        ("retrieval", "shrunk_maps", True),
        ("ner", "finetuning.temperature", 3.0),
        ("perplexity", "pooling", "first"),
    ],
)
def test_settings_that_do_not_matter_or_that_items_tell_are_not(told, evaluator, setting, value):
    assert not told(evaluator, {f"evaluation.{setting}": value}, {})


def test_settings_are_compared_as_they_were_used(told):
    quick = {"evaluation.finetuning.quick": True}
    own = {f"evaluation.ner.{name}": value for name, value in TASKS["ner"].quick.items()}

    assert not told("ner", quick, {**quick, **own})
    assert told("ner", quick, {})


def test_pairs_fit_maps_where_another_file_is_searched(told):
    searched = {"data.retrieval": "other.tsv"}

    assert told("retrieval", {**searched, "evaluation.pairs": 70}, searched)


def test_a_teacher_makes_its_settings_matter(told):
    taught = {"evaluation.finetuning.teacher": "runs/en"}

    assert told("ner", {**taught, "evaluation.finetuning.temperature": 3.0}, taught)


def test_perplexity_during_training_is_not_that_of_the_evaluator():
    other = changed({"evaluation.perplexity.text": "news.txt"})
    settings = {fingerprint(config): [config] for config in (Config(), other)}
    results = [
        measured(metric, None, evaluator="perplexity", config=name)
        for metric, name in zip(("dev_perplexity", "perplexity"), settings, strict=True)
    ]

    assert setting_notes({"run": results}, settings) == []


def test_what_needs_no_encoder_is_not_compared():
    other = changed({"evaluation.finetuning.quick": True})
    settings = {fingerprint(config): [config] for config in (Config(), other)}
    results = [
        measured("las", None, evaluator="parsing", model=model, config=name)
        for model, name in zip(("trained", "majority"), settings, strict=True)
    ]

    assert setting_notes({"run": results}, settings) == []


def test_the_report_warns_of_a_run_beside_it_that_was_measured_with_other_settings(tmp_path):
    for name, values in (("one", {}), ("other", {"evaluation.pooling": "first"})):
        config = changed(values)
        append_results(tmp_path / name / FILE_NAME, everything(config=fingerprint(config)))
        write_configuration(tmp_path / name, fingerprint(config), [config])

    write_report(tmp_path / "one", beside=[tmp_path / "other"])

    text = (tmp_path / "one" / "report" / "report.md").read_text()
    assert "figures of cka are measured with different settings (config.evaluation.pooling" in text
    assert "mean of one" in text
    assert "first of other" in text

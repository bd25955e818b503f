"""Tables of transfer made from made-up results."""

import dataclasses

import pytest

from mlm_xling.config import Config
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import EVALUATORS
from mlm_xling.reports.page import write_report
from mlm_xling.reports.published import PUBLISHED, published_row
from mlm_xling.reports.runs import read_runs, require_measurable_baseline
from mlm_xling.reports.screen import print_tables
from mlm_xling.reports.transfer import beaten_notes, rows_of, settings_table, transfer_table
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.made_up import measured


def tuned(value, evaluator="parsing", metric="las", **changes):
    fields = {"evaluator": evaluator, "seen": None, "low": value - 0.01, "high": value + 0.01}
    return measured(metric, None, value, **(fields | changes))


DEFAULT = [tuned(0.7), tuned(0.5, target="ru"), tuned(0.3, model="random")]
OTHER = [tuned(0.6), tuned(0.45, target="ru"), tuned(0.2, "ner", "f1")]


def table(baseline="default"):
    return transfer_table(rows_of("default", DEFAULT) + rows_of("sep_l1_3", OTHER), baseline)


def test_rows_are_checkpoints_and_columns_tasks_and_languages():
    made = table()

    assert made.header == [
        "checkpoint",
        "NER fr (F1, %)",
        "NER Δ",
        "parsing fr (LAS, %)",
        "parsing ru (LAS, %)",
        "parsing Δ",
    ]
    assert [row[0] for row in made.rows] == ["default", "default, untrained", "sep_l1_3"]


def test_cells_have_intervals_and_the_papers_number_of_the_same_row_and_pair():
    made = {row[0]: row[3] for row in table().rows}

    assert made["default"] == "70.0 (69.0 to 71.0, n=1,000) [73.2]"
    assert made["sep_l1_3"] == "60.0 (59.0 to 61.0, n=1,000) [69.7]"
    assert made["default, untrained"] == "30.0 (29.0 to 31.0, n=1,000)"


def test_differences_are_means_over_the_languages_that_both_rows_have():
    deltas = {row[0]: row[5] for row in table().rows}

    assert deltas == {"default": "+0.0", "sep_l1_3": "-7.5", "default, untrained": "-40.0"}


def test_what_was_not_measured_is_a_dash():
    assert table().rows[0][1:3] == ["–", "–"]


def test_settings_show_what_selected_them():
    results = [
        tuned(0.8, metric="dev_las", target="en", setting="lr=1"),
        tuned(0.7, setting="lr=1"),
        tuned(0.75),
    ]

    made = settings_table(results, "parsing")

    assert made.header == ["model", "setting", "source dev LAS (%)", "fr (%)"]
    assert made.rows == [
        ["trained", "lr=1", "80.0 (79.0 to 81.0, n=1,000)", "70.0 (69.0 to 71.0, n=1,000)"]
    ]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("en-fr-sep_l1_3", "sep_l1_3"),
        ("Sep-Emb-L1-3", "sep_emb_l1_3"),
        ("default", "default"),
        ("pt-BR-zh-Hant-sep_emb", "sep_emb"),
        ("en2-fr-sep_l1_6", "sep_l1_6"),
        ("en-fr-half_sep_emb", None),
        ("half-sep_emb", None),
        ("en-fr-half-sep_emb", None),
        ("en-fr-sep_emb_l1_4", None),
        ("en-fr", None),
        ("default, untrained", None),
    ],
)
def test_a_run_bears_the_papers_name_or_none(name, row):
    assert published_row(name) == row


def test_the_papers_deltas_follow_from_its_numbers():
    def delta(row, task):
        return (
            sum(
                PUBLISHED[row, task, name] - PUBLISHED["default", task, name]
                for name in ("fr", "ru", "zh")
            )
            / 3
        )

    assert round(100 * delta("sep_l1_6", "nli"), 1) == -22.6
    assert round(100 * delta("sep_emb_l1_6", "ner"), 1) == -47.1
    assert round(100 * delta("no_anchors", "parsing"), 1) == -0.9


def inferred(value, **changes):
    return tuned(value, "nli", "accuracy", **changes)


SHORTCUT = [
    inferred(0.70),
    inferred(0.34, model="majority"),
    inferred(0.69, model="difference"),
    inferred(0.50, model="overlap"),
    inferred(0.60, target="ru"),
    inferred(0.40, target="ru", model="difference"),
    inferred(0.45, target="ru", model="overlap"),
]
"""A rule solves as much of French as the encoder does, but not of Russian."""


def test_all_baselines_stand_beside_a_score_the_best_in_bold():
    made = transfer_table(rows_of("run", SHORTCUT), "run")

    assert [row[0] for row in made.rows] == [
        "run",
        "run, majority",
        "run, difference",
        "run, overlap",
    ]
    assert made.bold == {(2, 1), (3, 2)}


def test_a_score_that_a_baseline_reaches_is_remarked_on():
    (note,) = beaten_notes("run", SHORTCUT)

    assert note.startswith(
        "run, NLI fr: 70.0 (69.0 to 71.0, n=1,000) is not clearly above the 69.0 of difference, "
        "which needs"
    )
    assert beaten_notes("run", SHORTCUT[:2]) == beaten_notes("run", SHORTCUT[:1]) == []


def test_the_report_says_what_the_baselines_are_and_which_scores_they_reach(tmp_path):
    append_results(tmp_path / FILE_NAME, SHORTCUT)

    write_report(tmp_path)

    text = (tmp_path / "report" / "report.md").read_text()
    assert "> **Warning:** " + beaten_notes(tmp_path.name, SHORTCUT)[0] in text
    assert "| **69.0 (68.0 to 70.0, n=1,000)** | 40.0 (39.0 to 41.0, n=1,000) |" in text
    assert "'hypothesis_only': a linear classifier of the hypothesis's tokens" in text


def test_the_screen_shows_them_too(capsys):
    print_tables(SHORTCUT, {"run": SHORTCUT})

    shown = " ".join(capsys.readouterr().out.split())
    assert "is not clearly above the 69.0 of difference" in shown
    assert "run, overlap" in shown


def test_differences_on_the_screen_are_those_of_the_report(capsys):
    print_tables(DEFAULT, {"mine": DEFAULT, "other": OTHER}, "other")

    shown = " ".join(capsys.readouterr().out.split())
    assert "zero-shot transfer, Δ to other" in shown
    assert "other +0.0" in shown
    assert "mine +0.0" not in shown


def test_a_score_that_the_untrained_encoder_reaches_is_told():
    before = [dataclasses.replace(result, model="random") for result in DEFAULT]

    notes = beaten_notes("run", [*DEFAULT, *before])

    assert notes
    assert all("of the untrained encoder; the score is no evidence" in n for n in notes)


def test_a_score_is_held_against_what_learnt_from_the_same_source():
    easy = [tuned(0.9), tuned(0.6, model="random"), tuned(0.55, model="majority")]
    hard = [tuned(0.5), tuned(0.2, model="random"), tuned(0.45, model="majority")]
    from_other = [dataclasses.replace(result, source="de") for result in hard]
    close = dataclasses.replace(from_other[2], value=0.495)

    assert beaten_notes("run", [*easy, *from_other]) == []
    (note,) = beaten_notes("run", [*easy, *from_other[:2], close])

    assert note.startswith("run, from de, parsing fr: 50.0")
    assert "above the 49.5 of majority" in note


def test_of_several_sources_english_has_the_papers_numbers():
    german = [dataclasses.replace(result, source="de") for result in DEFAULT]

    made = transfer_table(rows_of("en-fr-default", [*DEFAULT, *german]), "en-fr-default")

    cells = {row[0]: row[1] for row in made.rows}
    assert cells["en-fr-default, from en"].endswith("[73.2]")
    assert not cells["en-fr-default, from de"].endswith("]")


def test_a_run_of_several_sources_is_a_baseline_by_its_name_and_by_its_lines(tmp_path):
    config = Config(languages=("en", "de", "fr"))
    config.evaluation.finetuning.source = "de"
    append_results(tmp_path / FILE_NAME, DEFAULT)
    line = f"{tmp_path.name}, from de"

    for name in (tmp_path.name, line):
        require_measurable_baseline(tmp_path, [], name, [EVALUATORS["parsing"]], config)

    append_results(
        tmp_path / FILE_NAME, [dataclasses.replace(result, source="de") for result in DEFAULT]
    )
    for name, shown in ((tmp_path.name, f"{tmp_path.name}, from en"), (line, line)):
        text = write_report(tmp_path, baseline=name).with_name("report.md").read_text()
        assert f"Δ is the mean difference to {shown} over languages" in text


@pytest.mark.parametrize(
    ("models", "baseline"), [(["untrained"], "{}"), (["trained"], "{}, untrained")]
)
def test_a_baseline_that_will_not_be_measured_is_told_at_once(tmp_path, models, baseline):
    config, baseline = Config(languages=("en", "fr")), baseline.format(tmp_path.name)
    parsing = [EVALUATORS["parsing"]]

    with pytest.raises(InputError, match="no such checkpoint in the table"):
        require_measurable_baseline(tmp_path, [], baseline, parsing, config, models)
    require_measurable_baseline(tmp_path, [], baseline, parsing, config)


def test_differences_are_to_the_run_wherever_its_untrained_encoder_stands(tmp_path, capsys):
    append_results(tmp_path / FILE_NAME, [DEFAULT[2], *DEFAULT[:2]])

    text = write_report(tmp_path).with_name("report.md").read_text()
    print_tables(DEFAULT[:2], read_runs({tmp_path.name: tmp_path}))

    assert f"Δ is the mean difference to {tmp_path.name} over languages" in text
    assert f"zero-shot transfer, Δ to {tmp_path.name}" in " ".join(capsys.readouterr().out.split())


@pytest.fixture
def runs(tmp_path):
    for name, results in (("mine", DEFAULT), ("other", OTHER)):
        append_results(tmp_path / name / FILE_NAME, results)
    return tmp_path


def test_other_runs_stand_beside_in_the_report(runs):
    write_report(runs / "mine", beside=[runs / "other"], baseline="other")

    text = (runs / "mine" / "report" / "report.md").read_text()
    assert "| other | 20.0 (19.0 to 21.0, n=1,000) |" in text
    assert "mean difference to other over languages" in text
    assert "Layer by layer" not in text
    assert not (runs / "mine" / "report" / "layers.png").exists()


def test_a_baseline_that_is_no_row_is_told(runs):
    with pytest.raises(
        InputError,
        match="baseline=x: no such checkpoint in the table; there are mine; mine, untrained",
    ):
        write_report(runs / "mine", baseline="x")

"""Which results tables and the screen show."""

import re

import pytest
import rich.console

from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.page import write_report
from mlm_xling.reports.screen import console_table, print_tables
from mlm_xling.reports.selection import CURVES, curve, newest
from mlm_xling.reports.tables import chosen_layers, per_layer
from mlm_xling.results import FILE_NAME, Result, append_results, chosen_layer
from tests.reports.made_up import everything, lexical, measured


def test_the_last_measured_configuration_and_step_are_shown():
    old, other = measured(step=1), measured(config="other")
    new = measured(step=2, value=0.6)

    assert newest([old, other, new]) == [new]


def test_another_evaluator_with_its_own_settings_hides_nothing():
    words = measured("word_p@1", evaluator="lexicon", config="with a dictionary")

    assert newest([measured(), words]) == [measured(), words]


def test_a_curve_is_the_mean_of_both_directions():
    results = [
        measured("p@1_raw_forward", 2, 0.4),
        measured("p@1_raw_backward", 2, 0.2),
        measured("p@1_raw_backward", 1, 0.1),
    ]

    assert curve(results, "trained", "P@1 raw") == pytest.approx({1: 0.1, 2: 0.3})


def test_chosen_layers_leave_baselines_out_and_show_the_random_encoder():
    table = chosen_layers(everything(low=0.1, high=0.9))

    assert [row[0] for row in table.rows].count("CKA permuted pairs") == 0
    assert table.rows[0] == [
        "CKA", "1", "0.625", "0.100 to 0.900", "0.156 (layer 1, n=1,000)", "1,000", "6,000"
    ]  # fmt: skip


def test_a_layer_is_chosen_on_other_items_and_for_both_directions():
    results = [
        measured(f"p@1_raw_{direction}", layer, value, choice=choice)
        for direction, of_layers in (
            ("forward", ((0.9, 0.1), (0.2, 0.5))),
            ("backward", ((0.8, 0.4), (0.3, 0.2))),
        )
        for layer, (value, choice) in enumerate(of_layers)
    ]

    assert chosen_layer(results, CURVES["P@1 raw"]) == 1
    assert [row[1:3] for row in chosen_layers(results).rows] == [["1", "20.0"], ["1", "30.0"]]
    assert "25.0 L1" in on_screen(120, results)


def test_the_values_choose_where_nothing_else_was_measured():
    results = [measured("cka", 0, 0.3, choice=0.1), measured("cka", 1, 0.2)]

    assert chosen_layer(results, ["cka"]) == 0


def test_the_chosen_layer_of_each_column_is_emphasised():
    table = per_layer([measured("cka", 0, 0.1), measured("cka", 1, 0.3)], "trained")

    assert table.rows == [["embeddings", "0.100 (n=1,000)"], ["1", "0.300 (n=1,000)"]]
    assert table.bold == {(1, 1)}
    assert "| 1 | **0.300 (n=1,000)** |" in table.markdown()
    assert "<b>0.300 (n=1,000)</b>" in table.html()


def test_where_neither_end_is_better_no_layer_is_chosen_and_the_screen_shows_the_range():
    told = [measured("language_identity", layer, value) for layer, value in ((0, 0.9), (1, 0.6))]

    assert chosen_layers(told).rows == []
    assert per_layer(told, "trained").bold == frozenset()
    assert "60.0–90.0" in on_screen(120, told)


def test_a_metric_without_layers_or_description_still_has_its_table():
    table = per_layer([measured("speed", None, 0.7)], "trained")

    assert (table.header, table.rows) == (["layer", "speed"], [["–", "0.700 (n=1,000)"]])


def test_the_screen_has_a_table_for_each_pair_with_a_column_for_each_model(capsys):
    results = everything() + everything(target="ru")
    print_tables(results, {"run": results})

    shown = capsys.readouterr().out
    assert re.findall(r"^en-\w+", shown, re.M) == ["en-fr", "en-ru"]
    assert len(re.findall(r"trained +untrained +n *$", shown, re.M)) == 2
    assert len(re.findall(r"^P@1 raw +62\.5 L1 +15\.6 L1 +1,000 *$", shown, re.M)) == 2


def on_screen(width: int, results: list[Result]) -> str:
    console = rich.console.Console(width=width)
    with console.capture() as capture:
        console.print(console_table(results))
    return capture.get()


def all_that_is_shown() -> list[Result]:
    """All models and curves, with the longest names and numbers that there are."""
    curves = [
        measured(metrics[0], layer, value, model=model, n=12_000)
        for metrics in CURVES.values()
        for model in ("trained", "random")
        for layer, value in ((11, 0.8125), (12, 1.0))
    ]
    target = measured("cka", 12, model="random_target", n=12_000)
    vectors = measured("word_p@1_other", None, evaluator="lexicon", model="vectors", n=12_000)
    return [*curves, target, vectors, *lexical()]


def test_the_console_table_fits_80_columns_without_cutting_or_folding_anything():
    narrow, wide = (on_screen(width, all_that_is_shown()) for width in (80, 200))

    assert narrow.split() == wide.split()
    assert len(narrow.splitlines()) == len(wide.splitlines())
    assert all(name in narrow for name in CURVES if not METRICS[CURVES[name][0]].baseline)


def test_the_table_of_transfer_fits_80_columns_however_many_languages_there_are(capsys):
    tested = [
        measured("accuracy", None, evaluator="nli", target=target, low=0.4, high=0.6)
        for target in ("fr", "ru", "zh-Hant", "pt-BR", "de")
    ]
    print_tables(tested, {"en-fr-sep_emb_l1_3": tested})

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("en-fr-sep_emb_l1_3" in line for line in lines) == 7  # the languages, Δ, the title
    assert sum("50.0 (40.0 to 60.0, n=1,000)" in line for line in lines) == 5


def test_what_retrieval_finds_without_a_model_is_a_column_on_the_screen():
    shown = on_screen(80, everything() + lexical())

    last = [line.split()[-2] for line in shown.splitlines() if "1,000" in line]
    assert last == ["–", "–", *["30.0"] * 4]


def test_what_a_run_is_made_of_is_shown_though_it_has_no_layers(capsys, tmp_path):
    described = [
        measured("parameters_shared", None, 1_234_567.0, evaluator="description"),
        measured("shared_tokens_target", None, 0.125, evaluator="description"),
    ]
    append_results(tmp_path / FILE_NAME, described)

    print_tables(described, {"run": described})
    write_report(tmp_path)

    shown, page = capsys.readouterr().out, (tmp_path / "report" / "report.md").read_text()
    assert "en-fr  shared parameters: 1,234,567" in shown
    assert "| shared parameters | 1,234,567 |" in page
    assert "| shared tokens, fr (%) | 12.5 |" in page


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("metric", ["svcca", "anc", "neighbour_overlap", "aligned_p@1_forward"])
def test_every_layered_measurement_has_its_line_on_the_screen(metric):
    assert console_table([measured(metric, 1)]).row_count == 1

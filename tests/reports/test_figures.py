"""Figures of made-up results: drawn where there is data, with what they claim to show."""

import dataclasses

import pytest

from mlm_xling.evaluation.probes.cka import LAYER_PAIR
from mlm_xling.reports.figures import layer_figure, pictures
from mlm_xling.reports.figures.style import panels, render
from tests.reports.made_up import PNG, lexical, measured, xs, ys


def words(**changes):
    layers = [
        measured("word_p@1_other", layer, value, evaluator="lexicon", **changes)
        for layer, value in ((None, 0.1), (0, 0.2), (1, 0.4))
    ]
    return [*layers, measured("word_p@1_other_raw", 1, 0.3, evaluator="lexicon", **changes)]


def retrieval(metric):
    return [
        measured(f"{metric}_{direction}", layer, value)
        for direction, value in (("forward", 0.4), ("backward", 0.2))
        for layer in (0, 1)
    ]


def names(results, history=()):
    return [picture.name for picture in pictures({"run": results}, list(history))]


def places(panels):
    specs = [axes.get_subplotspec() for axes in panels]
    return [(spec.rowspan.start, spec.colspan.start) for spec in specs]


def test_nothing_is_drawn_without_data():
    assert names([measured("las", None)]) == []


@pytest.mark.parametrize(
    ("results", "name"),
    [
        (words(), "words"),
        (
            [measured("contextual_ner_f1", 1), measured("contextual_ner_f1_raw", 1)],
            "contextual_ner_f1",
        ),
        ([measured("contextual_parsing_las", 1)], "contextual_parsing_las"),
        (retrieval("p@1_procrustes"), "retrieval"),
        (retrieval("p@1_procrustes_100"), "training_size"),
        ([measured("cka_debiased", layer) for layer in (0, 1)], "similarity"),
        ([measured(f"{LAYER_PAIR}{j}", i) for i in (0, 1) for j in (0, 1)], "layer_pairs"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_each_measurement_has_its_figure_with_the_published_finding(results, name):
    (picture,) = pictures({"run": results}, [])

    assert picture.name == name
    assert picture.png.startswith(PNG)
    beyond_the_paper = {"training_size", "layer_pairs"}
    assert name in beyond_the_paper or "Compare with Figure" in picture.caption


def axes_of(results):
    """The panels of the overview."""
    figure = layer_figure(list(results))
    assert figure is not None
    return figure.axes


def test_panels_of_many_languages_go_on_in_further_lines():
    targets = ("fr", "ru", "zh", "de", "es", "it")

    every = axes_of(
        measured("cka_debiased", layer, target=target) for target in targets for layer in (0, 1)
    )

    assert places(every) == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    labelled = [axes.yaxis.get_tick_params()["labelleft"] for axes in every]
    assert labelled == [True, False, False, False, True, False]
    assert len({axes.get_ylim() for axes in every}) == 1


def test_in_each_line_a_language_has_its_rows_below_each_other():
    _, (upper, lower) = panels(5, rows=2)

    assert places([upper[0], lower[0], upper[4], lower[4]]) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert lower[4].get_shared_x_axes().joined(lower[4], upper[4])
    assert lower[4].get_shared_y_axes().joined(lower[4], lower[0])


def test_runs_stand_beside_each_other_and_baselines_with_them():
    vectors = measured("word_p@1_other", None, 0.6, model="vectors", evaluator="lexicon")
    runs = {
        "mono": [*words(), *words(model="random"), vectors],
        "bi": words(target="ru"),
    }

    (picture,) = pictures(runs, [])

    left, right = picture.figure.axes
    assert (left.get_title(), right.get_title()) == (
        "en – fr   (n = 1,000)",
        "en – ru   (n = 1,000)",
    )
    legend = right.get_legend()
    assert legend is not None
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown[:2] == ["mono", "bi"]
    assert {"untrained encoder", "supplied vectors"} <= set(shown)


def test_a_value_is_drawn_where_it_belongs():
    (picture,) = pictures({"run": retrieval("p@1_procrustes")}, [])

    (line,) = picture.figure.axes[0].lines
    assert xs(line) == [0, 1]
    assert ys(line) == pytest.approx([0.3, 0.3])


@pytest.mark.parametrize("metric", ["p@1_procrustes", "p@1_procrustes_100"])
def test_what_is_found_without_a_model_is_a_line_across(metric):
    (picture,) = pictures({"run": [*retrieval(metric), *lexical(0.7, 0.5)]}, [])

    axes = picture.figure.axes[0]
    assert any(ys(line) == pytest.approx([0.6, 0.6]) for line in axes.lines)
    assert axes.get_ylim()[1] > 0.6
    legend = axes.get_legend()
    assert legend is not None
    assert "without a model" in [text.get_text() for text in legend.get_texts()]


def test_the_panel_of_retrieval_has_that_line_and_the_panel_of_cka_has_not():
    cka, found = axes_of([*retrieval("p@1_raw"), measured("cka", 0), *lexical(0.7, 0.5)])

    assert [len(axes.lines) for axes in (cka, found)] == [1, 2]
    assert ys(found.lines[-1]) == pytest.approx([0.6, 0.6])


@pytest.mark.parametrize(
    "metric",
    ["svcca", "aligned_p@1_forward", "language_identity", "word_p@1_other", "contextual_ner_f1"],
)
def test_every_curve_over_layers_is_in_the_overview(metric):
    (axes,) = axes_of([measured(metric, layer, 0.2 + layer / 10) for layer in (0, 1)])

    assert ys(axes.lines[0]) == pytest.approx([0.2, 0.3])


def test_a_panel_says_of_how_many_items_it_is_and_reaches_as_far_as_its_values():
    values = measured("cka", 0), measured("svcca", 0, 1.5, n=9), measured("svcca", 1, -0.5)

    above, below = axes_of(values)

    assert (above.get_title(), above.get_ylim()) == ("en – fr   (n = 1,000)", (0, 1))
    assert (below.get_title(), below.get_ylim()) == ("en – fr   (n = 9 to 1,000)", (-0.5, 1.5))


def test_the_heat_map_has_a_column_a_model_and_the_mean_below():
    results = [
        measured("cka_debiased", layer, value, model=model)
        for model, share in (("trained", 1), ("random", 0.5), ("random_target", 0.25))
        for layer, value in ((0, 0.8), (1, 0.4))
        for value in (share * value,)
    ]

    (picture,) = pictures({"run": results}, [])

    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == ["0.20", "0.40", "0.80", "0.10", "0.20", "0.40", "0.15", "0.30", "0.60"]


def test_models_of_other_depths_stand_in_one_heat_map():
    def run(layers):
        return [measured("cka_debiased", layer, 0.8 - 0.2 * layer) for layer in range(layers)]

    (picture,) = pictures({"shallow": run(1), "deep": run(3)}, [])

    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == ["0.80", "0.80", "0.60", "0.40", "0.80", "0.60"]


def probed(step, perplexity, value):
    found = [measured("cka_debiased", layer, value * (1 + layer), step=step) for layer in (0, 1)]
    return found + [
        measured("dev_perplexity", None, factor * perplexity, evaluator="perplexity",
                 source=name, target=name, step=step)
        for name, factor in (("en", 0.5), ("fr", 2.0))
    ]  # fmt: skip


def test_emergence_is_drawn_against_steps_and_perplexity():
    history = probed(100, 300.0, 0.1) + probed(200, 50.0, 0.3)

    (picture,) = pictures({"run": [measured("las", None)]}, history)

    assert picture.name == "emergence"
    above, below = picture.figure.axes
    assert xs(above.lines[0]) == [100, 200]
    assert ys(above.lines[0]) == pytest.approx([0.2, 0.6])  # layer 1
    assert xs(below.lines[0]) == pytest.approx([300, 50])
    assert above.get_xlim()[0] < 100 < 200 < above.get_xlim()[1]
    assert below.get_xlim()[0] > below.get_xlim()[1]


def test_what_another_evaluator_found_while_the_run_trained_has_a_figure_of_its_own():
    """Neither end of it is better, so no layer is chosen: it is the mean over layers."""
    told = [
        measured("language_identity", layer, value, evaluator="language_identity", step=step)
        for step, values in ((100, (0.5, 0.7)), (200, (0.8, 0.6)))
        for layer, value in enumerate(values)
    ]
    perplexity = [
        r for step in (100, 200) for r in probed(step, 100.0, 0.1) if r.layer is None
    ]  # fmt: skip

    (picture,) = pictures({"run": [measured("las", None)]}, told + perplexity)

    assert picture.name == "emergence_language_identity"
    assert ys(picture.figure.axes[0].lines[0]) == pytest.approx([0.6, 0.7])


def test_the_encoder_before_training_is_the_beginning_of_what_emerges():
    """Where it was asked the same items."""
    before = [
        dataclasses.replace(result, model="random", step=0)
        for result in probed(100, 300.0, 0.05)
        if result.layer is not None
    ]
    other = [dataclasses.replace(result, items="others") for result in before]
    history = probed(100, 300.0, 0.1) + probed(200, 50.0, 0.3)

    (picture,) = pictures({"run": [measured("las", None)]}, [*before, *history])
    (without,) = pictures({"run": [measured("las", None)]}, [*other, *history])

    above, below = picture.figure.axes
    assert (xs(above.lines[0]), ys(above.lines[0])[0]) == ([0, 100, 200], pytest.approx(0.1))
    assert xs(below.lines[0]) == pytest.approx([300, 50])
    assert xs(without.figure.axes[0].lines[0]) == [100, 200]


def test_perplexities_that_are_near_each_other_have_ticks_between():
    history = probed(100, 130.0, 0.1) + probed(200, 98.0, 0.3)

    (picture,) = pictures({"run": [measured("las", None)]}, history)

    low, high = sorted(picture.figure.axes[1].get_xlim())
    shown = [tick for tick in picture.figure.axes[1].get_xticks() if low <= tick <= high]
    assert len(shown) >= 3


def legend_of(figure):
    legend = figure.axes[0].get_legend()
    return [text.get_text() for text in legend.get_texts()]


def test_names_are_no_formulas_and_take_the_place_of_no_curve():
    results = [measured("p@1_procrustes_forward", layer, 0.5) for layer in (0, 1)]
    name = "a_run_of_$\\frac$_and_" + "very_" * 20 + "long_name"

    drawn = {one.name: one for one in pictures({name: results, "b": results}, [])}

    assert drawn["retrieval"].png
    label, *_ = legend_of(drawn["retrieval"].figure)
    assert (label[:7], label[-9:]) == (name[:7], name[-9:])
    assert len(label) <= 32


def test_a_legend_names_the_encoders_that_are_drawn_alone():
    trained = [measured("cka", layer, 0.5) for layer in (0, 1)]

    figure = layer_figure(trained)

    assert figure is not None
    assert "untrained encoder" not in legend_of(figure)


def test_one_step_is_no_emergence():
    assert names([measured("las", None)], probed(100, 300.0, 0.1)) == []


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_results_give_the_same_bytes(form):
    """Else each report would change the files of the one before."""
    first, second = (
        render(picture.figure, form)
        for _ in range(2)
        for picture in pictures({"run": retrieval("p@1_procrustes")}, [])
    )

    assert first == second

"""Pictures of a made-up study: which measurements are drawn, and how rows look."""

from dataclasses import replace
from typing import Any

import pytest

from configs.demo import get_config
from mlm_xling.study.pictures import layer_pictures, steps_picture
from tests.reports.made_up import ys
from tests.study.made_up import result, run


def trained(row: str, seed: int, value: float, pair: str = "a-b"):
    """A run of a row with its configuration, measured at two layers and at two steps."""
    shown: dict[str, Any] = {"evaluator": "cka", "source": "a", "target": "b", "seed": seed}
    perplexity: dict[str, Any] = {**shown, "evaluator": "perplexity"}
    layered = [result("cka_debiased", value, layer=layer, step=3, **shown) for layer in (0, 1)]
    layered += [
        result("cka_debiased", value / 4, layer=layer, model="random", step=0, **shown)
        for layer in (0, 1)
    ]
    during = [
        one
        for step in (1, 2)
        for one in (
            result("cka_debiased", value, layer=1, step=step, **shown),
            result("dev_perplexity", 9.0, step=step, **perplexity),
        )
    ]
    made = run(row, seed, [*during, *layered], pair=pair)
    alone = row in ("monolingual", "en_en")
    config = None if alone else get_config(f"{pair}/{row}")
    return replace(made, cell=replace(made.cell, config=config))


RUNS = [
    trained("default", 0, 0.4),
    trained("default", 1, 0.6),
    trained("sep_emb", 0, 0.3),
    trained("sep_l1_3", 0, 0.3),
    trained("no_anchors", 0, 0.2),
    trained("monolingual", 0, 0.1),
]
ROWS = ("default", "no_anchors", "sep_emb", "sep_l1_3")


def lines_of(picture):
    """Row -> its line in the first panel, by the legend's order."""
    figure = picture.figure
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    return dict(zip(names, figure.axes[0].lines, strict=False))


def test_a_row_is_drawn_over_layers_as_the_mean_over_seeds():
    (picture,) = layer_pictures(RUNS, ROWS)

    assert (picture.name, picture.title) == ("cka-a-b", "Similarity by layer, a-b")
    assert ys(lines_of(picture)["default"]) == pytest.approx([0.5, 0.5])


def test_rows_with_private_parts_are_dashed_and_hollow_as_are_models_of_one_language():
    (picture,) = layer_pictures(RUNS, ROWS)

    lines = lines_of(picture)
    solid = {row for row, line in lines.items() if line.get_linestyle() == "-"}
    hollow = {row for row, line in lines.items() if line.get_markerfacecolor() == "white"}
    assert solid == {"default", "no_anchors"}
    assert hollow == {"sep_emb", "sep_l1_3", "monolingual"}
    kinds = [lines[row].get_color() for row in ("default", "sep_emb", "monolingual")]
    assert len(set(kinds)) == 1, "each begins a kind of its own"


def test_untrained_encoders_are_in_the_legend_once():
    (picture,) = layer_pictures(RUNS, ROWS)

    assert picture.alt.endswith("sep_l1_3, monolingual, untrained")


def test_a_row_looks_alike_over_layers_and_over_steps():
    (layers,) = layer_pictures(RUNS, ROWS)
    of_table = [run for run in RUNS if run.cell.row in ROWS]
    (steps,) = steps_picture(of_table, ROWS)

    over_layers = lines_of(layers)
    for row, line in lines_of(steps).items():
        assert line.get_color() == over_layers[row].get_color(), row
        assert line.get_marker() == over_layers[row].get_marker(), row

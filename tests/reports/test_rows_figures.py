"""Figures of studies: what is drawn of each row."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from mlm_xling.reports.figures.alternative import in_words
from mlm_xling.reports.figures.rows import (
    Bar,
    OverLayers,
    bars_figure,
    layers_figure,
    looks_of,
    steps_figure,
)
from mlm_xling.reports.figures.style import look, render
from tests.reports.made_up import PNG, xs, ys

SHARED = ("default", "wiki_cc", "no_anchors", "default_anchors", "extra_anchors")
PRIVATE = ("sep_emb", "sep_l1_3", "sep_l1_6", "sep_emb_l1_3", "sep_emb_l1_6")
ALONE = ("monolingual", "en_en")
LOOKS = looks_of([SHARED, PRIVATE, ALONE])


def over_layers(**changes) -> OverLayers:
    fields = {
        "title": "a – b", "label": "CKA", "percent": False, "levels": {"without a model": 0.5},
        "lines": {row: {0: 0.3, 1: 0.4} for row in LOOKS},
        "untrained": {
            "random": {"default": {0: 0.2, 1: 0.1}, "no_anchors": {0: 0.15, 1: 0.12}},
            "random_target": {"default": {0: 0.1, 1: 0.1}},
        },
    }  # fmt: skip
    return OverLayers(**(fields | changes))


def drawn(shown: OverLayers) -> Figure:
    figure = layers_figure(shown, LOOKS)
    assert figure is not None
    return figure


def of_steps() -> Figure:
    lines = {row: {1: 0.1, 2: 0.3} for row in LOOKS}
    figure = steps_figure({("P@1", "a-b"): lines, ("P@1", "a-d"): lines}, {"P@1": True}, LOOKS)
    assert figure is not None
    return figure


def of_bars() -> Figure:
    bars = {row: {"a-b": Bar(0.5, 0.4, 0.6, 0.2)} for row in LOOKS}
    figure = bars_figure({"parsing LAS": bars})
    assert figure is not None
    return figure


def bands(figure: Figure) -> list[PolyCollection]:
    (axes,) = figure.axes
    return [one for one in axes.collections if isinstance(one, PolyCollection)]


def test_a_bar_ends_at_its_mean_between_the_ends_of_its_interval():
    bars = {
        "default": {"a-b": Bar(0.8, 0.7, 0.9, 0.2), "a-d": Bar(0.6, None, None, None)},
        "sep_emb": {"a-b": Bar(0.5, 0.4, 0.6, 0.2)},
    }

    figure = bars_figure({"parsing LAS": bars, "nothing": {"default": {}}})

    assert figure is not None
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)] == pytest.approx(
        [0.8, 0.6, 0.5]
    )
    spans = {tuple(xs(line)) for line in axes.lines}
    assert spans == {(0.7, 0.9), (0.4, 0.6), (0.2, 0.2)}
    assert [label.get_text() for label in axes.get_yticklabels()] == list(bars)


def test_bars_are_told_in_words():
    panel = {row: {"a-b": Bar(0.5, 0.4, 0.6, 0.2)} for row in ("default", "sep_emb")}

    figure = bars_figure({"NER F1": panel, "parsing LAS": panel})

    assert figure is not None
    assert in_words(figure) == (
        "panels: NER F1, parsing LAS; upwards: default, sep_emb; told apart: a-b, untrained"
    )


@pytest.mark.parametrize(("pairs", "alone"), [(6, 6), (12, 6)])
def test_pairs_of_languages_differ_in_colour_or_hatching_and_six_in_both(pairs, alone):
    bars = {f"a-{number}": Bar(0.5, None, None, None) for number in range(pairs)}

    figure = bars_figure({"parsing LAS": {"default": bars}})

    assert figure is not None
    (axes,) = figure.axes
    looks = [(bar.get_facecolor(), bar.get_hatch()) for bar in axes.patches]
    colours, hatches = map(set, zip(*looks, strict=True))
    assert len(set(looks)) == pairs
    assert len(colours) == len(hatches) == alone


def test_rows_are_drawn_over_steps_for_each_measure_and_pair():
    lines = {"default": {1: 0.1, 2: 0.3}, "sep_emb": {1: 0.1, 2: 0.2}}

    figure = steps_figure({("P@1", "a-b"): lines, ("P@1", "a-d"): lines}, {"P@1": True}, LOOKS)

    assert figure is not None
    assert [axes.get_title() for axes in figure.axes] == ["a-b", "a-d"]
    shown = [ys(line) for line in figure.axes[1].lines]
    assert shown == [[0.1, 0.3], [0.1, 0.2]]


def test_without_data_there_are_no_figures():
    assert bars_figure({"parsing LAS": {"default": {}}}) is None
    assert steps_figure({("P@1", "a-b"): {"default": {1: 0.5}}}, {"P@1": True}, LOOKS) is None
    assert layers_figure(over_layers(lines={}), LOOKS) is None


def test_rows_differ_in_colour_or_marker():
    assert len({look(number) for number in range(36)}) == 36


def test_rows_of_a_study_differ_in_colour_or_dash_and_those_of_a_kind_have_one_dash():
    assert len({(look["color"], look["linestyle"]) for look in LOOKS.values()}) == len(LOOKS)
    kinds = [{LOOKS[row]["linestyle"] for row in rows} for rows in (SHARED, PRIVATE, ALONE)]
    assert [len(dashes) for dashes in kinds] == [1, 1, 1]


@pytest.mark.parametrize("draw", [of_steps, lambda: drawn(over_layers())])
def test_a_row_has_its_look_in_the_panel_and_in_the_legend(draw):
    figure = draw()

    for lines in (figure.axes[0].lines, figure.legends[0].get_lines()):
        rows = [line for line in lines if line.get_marker() != "None"]
        shown = [(to_hex(line.get_color()), line.get_markerfacecolor()) for line in rows]
        assert shown == [
            (to_hex(look["color"]), look["markerfacecolor"]) for look in LOOKS.values()
        ]
        assert [line.get_linestyle() == "-" for line in rows] == [row in SHARED for row in LOOKS]


def test_a_row_is_drawn_over_layers_and_what_has_no_layers_across_them():
    figure = drawn(over_layers(lines={"default": {0: 0.3, 1: -0.1}}))

    row, across = figure.axes[0].lines
    assert (xs(row), ys(row)) == ([0, 1], [0.3, -0.1])
    assert ys(across) == [0.5, 0.5]
    assert figure.axes[0].get_ylim()[0] == -0.1


def test_untrained_encoders_are_a_band_from_the_lowest_to_the_highest():
    untrained, of_target = bands(drawn(over_layers()))

    corners = np.unique(np.asarray(untrained.get_paths()[0].vertices), axis=0)
    assert corners.tolist() == [[0, 0.15], [0, 0.2], [1, 0.1], [1, 0.12]]
    assert untrained.get_linestyle() != of_target.get_linestyle()


def test_lines_over_layers_are_told_in_words():
    assert in_words(drawn(over_layers())) == (
        "panels: a – b; upwards: CKA; to the right: layer (0 = embeddings); told apart: "
        f"{', '.join(LOOKS)}, untrained, untrained target, without a model"
    )


@pytest.mark.parametrize("draw", [of_bars, of_steps, lambda: drawn(over_layers())])
def test_on_a_phone_letters_are_eleven_pixels_high_and_the_legend_is_whole(draw):
    figure = draw()

    assert render(figure, "png").startswith(PNG)
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    assert min(text.get_fontsize() for text in texts) * 420 / (72 * figure.get_figwidth()) >= 11
    (legend,) = figure.legends
    box, whole = legend.get_window_extent(), figure.bbox
    assert (box.x0 >= 0, box.x1 <= whole.x1, box.y0 >= 0) == (True, True, True)

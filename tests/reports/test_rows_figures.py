"""Figures of studies: what is drawn of each row."""

import pytest
from matplotlib.patches import Rectangle

from mlm_xling.reports.figures.alternative import in_words
from mlm_xling.reports.figures.rows import Bar, bars_figure, steps_figure
from mlm_xling.reports.figures.style import look
from tests.reports.made_up import xs, ys


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

    figure = steps_figure({("P@1", "a-b"): lines, ("P@1", "a-d"): lines}, {"P@1": True})

    assert figure is not None
    assert [axes.get_title() for axes in figure.axes] == ["a-b", "a-d"]
    shown = [ys(line) for line in figure.axes[1].lines]
    assert shown == [[0.1, 0.3], [0.1, 0.2]]


def test_without_data_there_are_no_figures():
    assert bars_figure({"parsing LAS": {"default": {}}}) is None
    assert steps_figure({("P@1", "a-b"): {"default": {1: 0.5}}}, {"P@1": True}) is None


def test_rows_differ_in_colour_or_marker():
    assert len({look(number) for number in range(36)}) == 36

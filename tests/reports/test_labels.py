"""Labels of a word map: readable wherever they stand."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlm_xling.reports.figures.labels import FONT, HEIGHT, place_labels, text_width

PLACE = st.floats(0, 400)
ANCHOR = st.tuples(st.text("aßжм猫", min_size=1, max_size=12), PLACE, PLACE)


def box(label):
    half = text_width(label.text) / 2, HEIGHT / 2
    return label.x - half[0], label.y - half[1], label.x + half[0], label.y + half[1]


def overlap(one, other):
    return all(one[i] < other[i + 2] and other[i] < one[i + 2] for i in (0, 1))


@settings(max_examples=40)
@given(st.lists(st.tuples(ANCHOR, ANCHOR), max_size=12))
def test_no_label_covers_another_or_a_point_or_leaves_the_frame(pairs):
    placed = place_labels(pairs, 400.0, 400.0)

    boxes = [box(label) for pair in placed.values() for label in pair]
    assert not any(overlap(*both) for both in itertools.combinations(boxes, 2))
    for left, top, right, bottom in boxes:
        assert min(left, top) >= 0
        assert max(right, bottom) <= 400
        points = [place for pair in pairs for _, *place in pair]
        assert not any(left < x < right and top < y < bottom for x, y in points)


def test_both_words_of_a_pair_are_labelled_and_earlier_pairs_come_first():
    crowd = [((f"word{i}", 200.0, 200.0), (f"mot{i}", 203.0, 200.0)) for i in range(30)]

    placed = place_labels(crowd, 400.0, 400.0)

    assert list(placed) == list(range(len(placed)))
    assert 1 <= len(placed) < 30
    assert [label.text for label in placed[0]] == ["word0", "mot0"]


@pytest.mark.parametrize("word", ["comfortable", "WMWMWM", "прошедший", "illicit", "naïveté"])
def test_words_are_as_wide_as_matplotlib_draws_them(word):
    figure = Figure(dpi=72)
    renderer = FigureCanvasAgg(figure).get_renderer()
    text = figure.text(0, 0, word, fontsize=FONT)

    assert text_width(word) == pytest.approx(text.get_window_extent(renderer).width, abs=2)

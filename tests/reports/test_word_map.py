"""The word map: what is drawn on the page and in the PNG is what was measured."""

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from mlm_xling.examples import Examples, Plane
from mlm_xling.reports.figures.fonts import Fonts
from mlm_xling.reports.illustrations import word_maps
from tests.reports.made_up import PNG, measured

PAIRS = (("cat", "chat"), ("dog", "chien"), ("<b>", "&amp"))
APART = Plane(
    False, ((0.0, 0.0), (0.0, 1.0), (0.0, 2.0)), ((4.0, 0.0), (4.0, 1.0), (4.0, 2.0)), 0.5
)
TOGETHER = Plane(
    True, ((0.0, 0.0), (4.0, 0.0), (2.0, 2.0)), ((0.0, 0.0), (4.0, 0.0), (2.0, 2.0)), 0.25
)


def words(model, *planes, pairs=PAIRS):
    result = measured("word_p@1_other", 2, evaluator="lexicon", model=model)
    return Examples(result, pairs=pairs, planes=planes)


def figures_of(picture) -> list[tuple[str | None, Any]]:
    """Title and SVG of each panel."""
    page = ElementTree.fromstring(picture.drawing)
    return [(figure.findtext("figcaption"), figure.find("svg")) for figure in page]


@pytest.fixture
def picture():
    (found,) = word_maps([words("trained", TOGETHER, APART), words("random", TOGETHER, APART)])
    return found


def test_panels_are_before_training_after_it_and_after_the_map(picture):
    assert [title for title, _ in figures_of(picture)] == [
        "before training (layer 2; 50% of the variance)",
        "trained (layer 2; 50% of the variance)",
        "trained, after Procrustes (layer 2; 25% of the variance)",
    ]
    assert picture.name == "word_map-en-fr"
    assert picture.png.startswith(PNG)


def test_two_encoders_are_shown_after_the_map_alone():
    (picture,) = word_maps([words("trained", TOGETHER), words("random", TOGETHER)])

    assert [title for title, _ in figures_of(picture)] == [
        "before training, after Procrustes (layer 2; 25% of the variance)",
        "trained, after Procrustes (layer 2; 25% of the variance)",
    ]


def test_without_an_untrained_encoder_two_panels_are_left():
    (picture,) = word_maps([words("trained", TOGETHER, APART)])

    assert len(figures_of(picture)) == 2


def test_every_pair_has_both_words_a_line_and_a_title_to_point_at(picture):
    for _, svg in figures_of(picture):
        assert svg.get("aria-label")
        groups = {group.findtext("title"): group for group in svg.iter("g")}
        assert set(groups) == {f"{word} – {other}" for word, other in PAIRS}
        for title, group in groups.items():
            assert " – ".join(text.text for text in group.iter("text")) == title
            assert len(group.findall("line")) == 1


def test_lines_are_as_long_as_pairs_are_far_apart_on_one_scale_for_both_dimensions(picture):
    _, (_, apart), (_, together) = figures_of(picture)

    def lengths(svg):
        ends = [
            [float(line.get(end)) for end in ("x1", "y1", "x2", "y2")] for line in svg.iter("line")
        ]
        return {(round(x2 - x1), round(y2 - y1)) for x1, y1, x2, y2 in ends}

    assert lengths(apart) == {(376, 0)}
    assert lengths(together) == {(0, 0)}
    rows = sorted({float(line.get("y1")) for line in apart.iter("line")})
    assert [after - before for before, after in pairwise(rows)] == [94, 94]


@pytest.mark.filterwarnings("error")
def test_words_that_no_font_has_bear_no_label_in_the_png_and_are_told(monkeypatch):
    monkeypatch.setattr(
        "mlm_xling.reports.figures.word_map.fonts_for",
        lambda texts: Fonts(("DejaVu Sans",), frozenset("猫")),
    )
    chinese = (("cat", "猫"), *PAIRS[1:])

    (picture,) = word_maps([words("trained", APART, pairs=chinese)])

    shown = {text.get_text() for axes in picture.figure.axes for text in axes.texts}
    assert {"dog", "chien"} <= shown
    assert {"cat", "猫"}.isdisjoint(shown)
    assert "some characters (猫)" in picture.caption
    assert "Noto Sans CJK" in picture.caption
    assert "猫" in picture.drawing


def test_labels_in_the_png_stand_apart():
    """Texts are measured by Matplotlib itself."""
    crowd = tuple((f"word{i}", f"слово{i}") for i in range(40))
    plane = Plane(
        False,
        tuple((float(i % 7), float(i % 5)) for i in range(40)),
        tuple((float(i % 3), float(i % 11)) for i in range(40)),
        1.0,
    )

    (picture,) = word_maps([words("trained", plane, pairs=crowd)])

    picture.figure.canvas.draw()  # at the resolution at which texts are measured
    (axes,) = picture.figure.axes
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) >= 10
    assert not any(boxes[i].overlaps(boxes[j]) for i in range(len(boxes)) for j in range(i))

"""Fonts for the scripts of labels, found among those that are installed."""

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from mlm_xling.reports.figures.fonts import BASE, fonts_for


def write_font(path, name, characters):
    """A font whose letters are squares."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    glyphs = [".notdef", *(f"u{ord(character)}" for character in characters)]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap({ord(c): f"u{ord(c)}" for c in characters})
    font.setupGlyf(dict.fromkeys(glyphs, square))
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (800, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": name, "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800)
    font.setupPost()
    font.save(path)
    return str(path)


@pytest.fixture
def installed(monkeypatch):
    """What is installed, to be filled."""
    paths: list[str] = []
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: paths)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", list(font_manager.fontManager.ttflist))
    return paths


def test_matplotlibs_own_font_serves_latin_and_cyrillic(installed):
    assert fonts_for(["chien", "собака", "Ünï cødé"]) == ((BASE,), frozenset())


def test_a_font_that_was_just_installed_is_found_for_what_is_missing(installed, tmp_path):
    installed += [
        write_font(tmp_path / "a.ttf", "Some", "猫"),
        write_font(tmp_path / "b.ttf", "Most", "猫犬"),
    ]

    assert fonts_for(["cat", "猫", "犬", "馬"]) == ((BASE, "Most"), frozenset("馬"))


def test_without_a_font_the_characters_are_named(installed, tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    installed.append(str(tmp_path / "broken.ttf"))

    assert fonts_for(["猫"]).missing == frozenset("猫")

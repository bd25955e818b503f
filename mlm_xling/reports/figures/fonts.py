"""Selection of installed fonts that have the characters of labels."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font, LoadFlags

BASE = "DejaVu Sans"
"""Included in Matplotlib; covers Latin, Greek, Cyrillic, Hebrew, Arabic and more."""
_NO_FONT = "Last Resort"
"""Also included in Matplotlib; has a box for every character."""


_OF_OTHER_FONTS = 1.2
"""Width of characters that are only in other fonts, most of which are square."""


class Fonts(NamedTuple):
    """Fonts for drawing labels."""

    families: tuple[str, ...]
    """Tried in this order for each character."""
    missing: frozenset[str]
    """Characters that none of them has."""


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Selects the fewest installed fonts that cover the characters of all texts, if possible."""
    wanted = {character for text in texts for character in text if not character.isspace()}
    families, missing = [BASE], wanted - _characters(font_manager.findfont(BASE))
    while missing:
        # Matplotlib's cached list lacks fonts that were just installed.
        installed = sorted(font_manager.findSystemFonts())
        best = max(installed, key=lambda path: len(missing & _characters(path)), default="")
        if not best or not missing & _characters(best):
            break
        font_manager.fontManager.addfont(best)
        families.append(font_manager.FontProperties(fname=best).get_name())
        missing -= _characters(best)
    return Fonts(tuple(families), frozenset(missing))


@lru_cache(1 << 16)
def advance(character: str) -> float:
    """Returns the width of a character relative to the font size."""
    font = font_manager.get_font(font_manager.findfont(BASE))
    if not font.get_char_index(ord(character)):
        return _OF_OTHER_FONTS
    glyph = font.load_char(ord(character), LoadFlags.NO_SCALE)
    return glyph.horiAdvance / font.units_per_EM


@lru_cache(1024)
def _characters(path: str) -> frozenset[str]:
    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):  # a kind of font that Matplotlib cannot read
        return frozenset()
    if font.family_name.startswith(_NO_FONT):
        return frozenset()
    return frozenset(map(chr, font.get_charmap()))

"""Words of running text, whatever its language and script.

A word is a run of letters with the combining marks on them, so that Hindi, vocalised Arabic and
decomposed French stay whole; everything else ends it, apostrophes and hyphens too, as Universal
Dependencies treats French clitics. Some scripts leave no space between words (Chinese, Japanese,
Thai, Lao, Khmer, Burmese): there ICU's dictionaries cut a run of letters into words. The script of
the characters decides, so Chinese words are found in French text too.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from icu4py.breakers import WordBreaker

from mlm_xling.languages import primary_subtag, script_of

Segmenter = Callable[[str], Sequence[str]]
"""Cuts a run of letters into words that join to it again."""
SEGMENTERS: dict[str, Segmenter] = {}
"""What cuts unspaced runs of letters in text of a language in place of ICU, by primary subtag:
`{"zh": jieba.lcut}`, `{"th": pythainlp.word_tokenize}`."""

_UNSPACED = (
    "CJK ", "HALFWIDTH KATAKANA", "HENTAIGANA ", "HIRAGANA ", "IDEOGRAPHIC ", "KATAKANA",
    "KHMER ", "LAO ", "MYANMAR ", "THAI ",
)  # fmt: skip
"""How Unicode names the letters of scripts that leave no space between words."""
_UNSPACED_SCRIPTS = {"Hans", "Hant", "Hani", "Jpan", "Hira", "Kana", "Khmr", "Laoo", "Mymr", "Thai"}
"""Scripts that leave no space between words, as ISO 15924 names them."""
_JOINERS = "\u200c\u200d"
"""Inside a word they tell how its letters join, in Persian and Sinhala for instance."""
_REMEMBERED = 1 << 16
"""Runs of text whose pieces are remembered."""


def pieces(text: str, language: str, *, numbers: bool = False) -> list[str]:
    """Cuts text into pieces that join to it again: words, and what stands between them.

    A word is a piece that begins with a letter (`str.isalpha`), or a digit if `numbers` are words.

    Args:
      numbers: whether digits and underscores continue a run of letters, as in `word2`, or end it.
    """
    found: list[str] = []
    segmenter, stop = SEGMENTERS.get(primary_subtag(language), _icu), 0
    for kinds in _PATTERNS[numbers].findall(text.translate(_KINDS)):
        start, stop = stop, stop + len(kinds)
        if kinds[0] == "u":
            found += _cut(segmenter, text[start:stop])
        else:
            found.append(text[start:stop])
    return found


def split_words(sentence: str, language: str) -> list[str]:
    """Cuts a sentence into words and runs of anything else, as an aligner takes them."""
    return [piece for stretch in sentence.split() for piece in pieces(stretch, language)]


def is_unspaced(word: str) -> bool:
    """Tells whether a word is of a script that leaves no space between words."""
    return _KINDS[ord(word[0])] == "u"


def is_unspaced_language(language: str) -> bool:
    """Tells whether a language leaves no space between words."""
    return script_of(language) in _UNSPACED_SCRIPTS


def is_spaced_character(character: str) -> bool:
    """Tells whether a character is a letter or digit of those that spaces keep apart."""
    return _KINDS[ord(character)] in ("l", "n")


@lru_cache(_REMEMBERED)
def _cut(segmenter: Segmenter, run: str) -> tuple[str, ...]:
    return tuple(segmenter(run))


def _icu(run: str) -> list[str]:
    return list(WordBreaker(run, "root"))  # its dictionaries go by script


class _Kinds(dict[int, str]):
    """The kind of every character, looked up once: `l`etter, `u`nspaced, `m`ark, `n`umber, `.`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)[0]
        if category == "L":
            unspaced = unicodedata.name(character, "").startswith(_UNSPACED)
            kind = "u" if unspaced else "l"
        elif category == "M" or character in _JOINERS:
            kind = "m"
        else:
            kind = "n" if category == "N" or character == "_" else "."
        return self.setdefault(code, kind)


_KINDS = _Kinds()
_PATTERNS = {
    False: re.compile("u[um]*|l[lm]*|[^ul]+"),
    True: re.compile("u[um]*|[ln][lnm]*|[^uln]+"),
}
"""Patterns of pieces over kinds of characters, by whether numbers are words."""

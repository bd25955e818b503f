"""Segmentation of running text into words, in any language and script.

A word is a run of letters with their combining marks, so that Hindi, vocalised Arabic and
decomposed French stay whole; everything else ends it, including apostrophes and hyphens, as
Universal Dependencies treats French clitics. Some scripts have no spaces between words (Chinese,
Japanese, Thai, Lao, Khmer, Burmese): there ICU's dictionaries split runs of letters into words. The
script of the characters decides, so Chinese words are also found in French text.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from icu4py.breakers import WordBreaker

from mlm_xling.languages import primary_subtag, script_of

Segmenter = Callable[[str], Sequence[str]]
"""Splits a run of letters into words whose concatenation is the run."""
SEGMENTERS: dict[str, Segmenter] = {}
"""Replacements of ICU for unspaced runs of letters in text of a language, by primary subtag:
`{"zh": jieba.lcut}`, `{"th": pythainlp.word_tokenize}`."""

_UNSPACED = (
    "CJK ", "HALFWIDTH KATAKANA", "HENTAIGANA ", "HIRAGANA ", "IDEOGRAPHIC ", "KATAKANA",
    "KHMER ", "LAO ", "MYANMAR ", "THAI ",
)  # fmt: skip
"""Prefixes of Unicode names of letters in scripts without spaces between words."""
_UNSPACED_SCRIPTS = {"Hans", "Hant", "Hani", "Jpan", "Hira", "Kana", "Khmr", "Laoo", "Mymr", "Thai"}
"""Scripts without spaces between words, as named by ISO 15924."""
_JOINERS = "\u200c\u200d"
"""Inside a word they control how letters join, e.g. in Persian and Sinhala."""
_REMEMBERED = 1 << 16
"""Number of text runs whose pieces are cached."""


def pieces(text: str, language: str, *, numbers: bool = False) -> list[str]:
    """Splits text into pieces whose concatenation is the text: words, and what is between them.

    A word is a piece that begins with a letter (`str.isalpha`), or a digit if `numbers` are words.

    Args:
      numbers: whether digits and underscores continue a run of letters, as in `word2`, or end it.
    """
    found: list[str] = []
    segmenter, stop = segmenter_of(language), 0
    for kinds in _PATTERNS[numbers].findall(text.translate(_KINDS)):
        start, stop = stop, stop + len(kinds)
        if kinds[0] == "u":
            found += _cut(segmenter, text[start:stop])
        else:
            found.append(text[start:stop])
    return found


def segmenter_of(language: str) -> Segmenter:
    """Returns what splits unspaced runs of letters in text of a language."""
    return SEGMENTERS.get(primary_subtag(language), _icu)


def split_words(sentence: str, language: str) -> list[str]:
    """Splits a sentence into words and runs of anything else, as aligners expect."""
    return [piece for stretch in sentence.split() for piece in pieces(stretch, language)]


def is_unspaced(word: str) -> bool:
    """Returns whether a word is in a script without spaces between words."""
    return _KINDS[ord(word[0])] == "u"


def is_unspaced_language(language: str) -> bool:
    """Returns whether a language is written without spaces between words."""
    return script_of(language) in _UNSPACED_SCRIPTS


def is_spaced_character(character: str) -> bool:
    """Returns whether a character is a letter or digit of a script with spaces."""
    return _KINDS[ord(character)] in ("l", "n")


@lru_cache(_REMEMBERED)
def _cut(segmenter: Segmenter, run: str) -> tuple[str, ...]:
    return tuple(segmenter(run))


def _icu(run: str) -> list[str]:
    return list(WordBreaker(run, "root"))  # its dictionaries depend on the script


class _Kinds(dict[int, str]):
    """The kind of every character, cached: `l`etter, `u`nspaced, `m`ark, `n`umber, `.`."""

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

"""Kinds of lines: what an identifier can be asked, and what is too short or no language at all."""

import re
import unicodedata
from enum import Enum

LETTERS = 20
"""Shorter lines say too little of their language."""
_MIN_LETTERS = 0.6
"""Share of letters among the characters of a line of language."""
_NO_LANGUAGE = re.compile(
    r"""(?: https?:// | www\. ) \S+         # addresses of pages
      | [\w.+-]+ @ [\w-]+ (?: \.[\w-]+ )+    # and of people
      | </? [A-Za-z][^<>]* > | & \#? \w+ ;   # markup
    """,
    re.VERBOSE,
)
_MAY_HOLD = re.compile(r"[<&@]|://|www\.")
"""Marks of which every match of `_NO_LANGUAGE` holds one; searching for them first is faster."""


class Kind(Enum):
    """What a line is to an identifier."""

    NONE = "non-linguistic"
    """A line in which fewer than six of ten characters are letters of the text: the others are
    digits, signs, addresses and markup."""
    SHORT = "short"
    """A line with fewer than `LETTERS` letters."""
    TEXT = "text"


def examine(line: str) -> tuple[Kind, str]:
    """Tells the kind of a line, and the text of it whose language is to be identified.

    Addresses of pages and of people, and markup, are not part of that text. A line of capitals
    alone is made small, as to the identifier capitals of any language are like none in particular.
    """
    text = _NO_LANGUAGE.sub(" ", line) if _MAY_HOLD.search(line) else line
    letters = sum(map(str.isalpha, text))
    fewest = _MIN_LETTERS * len("".join(line.split()))
    if not letters or (letters < fewest and letters + _marks(text) < fewest):
        return Kind.NONE, ""
    if letters < LETTERS:
        return Kind.SHORT, ""
    return Kind.TEXT, text.lower() if text.isupper() else text


def _marks(text: str) -> int:
    """Vowels and the like that scripts of India and others write onto letters."""
    return sum(unicodedata.category(character)[0] == "M" for character in text)

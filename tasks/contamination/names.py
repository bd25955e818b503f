"""Names of languages: those of the identifiers' labels, and ours."""

from functools import cache

import langcodes
from langcodes.tag_parser import LanguageTagError

from mlm_xling.languages import is_language, text_language

_BY_WIKIPEDIA = {"als": "gsw", "bh": "bho", "eml": "egl"}
"""What Wikipedia, from which the identifier learnt, means by some codes."""
_SAME = {"nb": "no"}
"""Languages that have one label."""


@cache
def language_of_label(label: str) -> str:
    """Names the language of a label of an identifier by its primary subtag: `sr` of `sh`."""
    return _primary(_BY_WIKIPEDIA.get(label, label))


@cache
def label_language(language: str) -> str:
    """Names a language as `language_of_label` does: `zh` of `zh-Hant`, `en` of `en2`."""
    return _primary(text_language(language))


def is_spoken(language: str) -> bool:
    """Tells whether a name is a language's outside of made-up worlds."""
    return is_language(language) and langcodes.tag_is_valid(text_language(language))


def _primary(tag: str) -> str:
    try:
        standard = langcodes.standardize_tag(tag, macro=True)
    except LanguageTagError:  # The names of made-up languages are no tags.
        return tag
    found = langcodes.Language.get(standard).language or tag
    return _SAME.get(found, found)

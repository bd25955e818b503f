"""Declarations of configuration fields with their valid values.

`layers: int = number(8, 1, 1_000)` is a dataclass field with default 8; `config.checks` rejects
values outside 1 to 1,000. Every number has both limits: values beyond them are typing errors, and
are reported before any memory is allocated.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from mlm_xling.languages import DERIVATIONS, is_lab_language, is_language, text_language

Number = int | float
Check = Callable[[Any], str | None]
"""Describes what is wrong with a value; None if nothing is."""
LARGEST_SEED = 2**31 - 1
"""Some libraries use 32-bit seeds."""
_SMALLEST = 1e-30
"""Smaller numbers, or their products, are 0 in single precision."""
_CHECK = "check"


def number(default: Number, low: Number, high: Number, *, besides: tuple[Number, ...] = ()) -> Any:
    """Declares a number from `low` to `high`, inclusive, or one of `besides`."""

    def check(value: Number) -> str | None:
        if value in besides or low <= value <= high:
            return None
        others = "".join(f" or {_show(other)}" for other in besides)
        return f"must be from {_show(low)} to {_show(high)}{others}"

    return checked(default, check)


def numbers(default: tuple[Number, ...], low: Number, high: Number, *, empty: bool = False) -> Any:
    """Declares distinct numbers from `low` to `high`; `empty` also allows none."""

    def check(values: tuple[Number, ...]) -> str | None:
        if not (values or empty) or not all(low <= value <= high for value in values):
            return f"needs numbers from {_show(low)} to {_show(high)}"
        return None if len(set(values)) == len(values) else "needs each number once"

    return checked(default, check)


def positive(default: Number, high: Number) -> Any:
    """Declares a number above 0 and at most `high`."""

    def check(value: Number) -> str | None:
        if not 0 < value <= high:
            return f"must be above 0 and at most {_show(high)}"
        return None if value >= _SMALLEST else f"must be at least {_show(_SMALLEST)}"

    return checked(default, check)


def share(default: Number) -> Any:
    """Declares a number that is at least 0 and less than 1."""

    def check(value: Number) -> str | None:
        return None if 0 <= value < 1 else "must be at least 0 and less than 1"

    return checked(default, check)


def named(default: str) -> Any:
    """Declares a non-empty string."""
    return checked(default, lambda value: None if value.strip() else "must not be empty")


def one_of(default: str, *others: str) -> Any:
    """Declares one of several words, of which the first is the default."""
    known = default, *others

    def check(value: str) -> str | None:
        return None if value in known else f"must be one of {', '.join(filter(None, known))}"

    return checked(default, check)


def checked(default: Any, check: Check) -> Any:
    """Declares a field with a custom check."""
    return dataclasses.field(default=default, metadata={_CHECK: check})


def check_of(field: dataclasses.Field) -> Check | None:
    """Returns the check that a field was declared with, if any."""
    return field.metadata.get(_CHECK)


def _show(value: Number) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def languages(value: tuple[str, ...]) -> str | None:
    """Validates a list of languages."""
    if not value:
        return "needs at least one language"
    for language in value:
        if not is_language(language):
            return (
                f"{language!r} is not a language code (BCP 47) like en, pt-BR or zh-Hant (in the "
                f"lab: a or b), nor one with any of {', '.join(DERIVATIONS)} after it, like "
                "en:shift"
            )
        if sum(language.lower() == other.lower() for other in value) > 1:
            return f"{language} is listed twice"
        if odd := _spelt_otherwise(language, value):
            return f"{language} and {odd} are of one text; spell it alike"
    return None


def _spelt_otherwise(language: str, others: tuple[str, ...]) -> str | None:
    """Returns a language of the same text in other case: `EN` next to `en2`."""
    text = text_language(language)
    alike = (other for other in others if text_language(other).lower() == text.lower())
    return next((other for other in alike if text_language(other) != text), None)


def languages_or_none(value: tuple[str, ...]) -> str | None:
    """Validates a possibly empty list of languages."""
    return languages(value) if value else None


def lab_languages(value: tuple[str, ...]) -> str | None:
    """Validates a list of the lab's languages."""
    odd = [language for language in value if not is_lab_language(language)]
    if odd:
        return f"{odd[0]!r} is not a code of one or two letters like a or b, nor like a:syntax=d"
    return None if len(set(value)) == len(value) > 0 else "needs at least one language, each once"


def cognates(value: tuple[str, ...]) -> str | None:
    """Validates which of the lab's languages take words from which others."""
    inherited: dict[str, str] = {}
    for entry in value:
        found = re.fullmatch(r"([a-z]{1,2}):([a-z]{1,2}):(0\.\d{1,6}|1|1\.0)", entry)
        if not found or found[1] == "a":
            return f"{entry!r} is not like f:b:0.7, a language but a, an older one and a share"
        if found[1] in inherited:
            return f"{found[1]} is listed twice before a colon"
        inherited[found[1]] = found[2]
    for language in inherited:
        older = [language]
        while (parent := inherited.get(older[-1])) and parent not in older:
            older.append(parent)
        if parent:
            return f"{language} takes words from itself, by way of others"
    return None

"""Language names: their syntax, and how files and arguments refer to them.

A language is a BCP 47 tag (RFC 5646) such as `en`, `pt-BR`, `zh-Hant`, `es-419` or `nds`, kept as
the user spells it; case is ignored. A digit from 2 to 9 after a tag makes another language of the
same text: `en2` is a second English, while the digits of `es-419` belong to the tag. Words after
colons derive a language by rule (`DERIVATIONS`): `en:reverse` is English read backwards. A single
letter is a language of the lab (docs/lab.md), which also writes `a:syntax=d`, with the words of `a`
and the grammar of `d`.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import langcodes

from mlm_xling.errors import InputError

DERIVATIONS = ("shift", "reverse", "permute")
"""Rules that derive a language from another's text (docs/how-to/controlled-languages.md): own ids
for the same pieces; words in reverse; words in an order drawn for each sentence."""
_SYNTAX = ":syntax="
_AGAIN = tuple("23456789")
_PIECE = rf"[a-z]{{1,3}}([2-9]|({_SYNTAX}[a-z]{{1,2}})?(:({'|'.join(DERIVATIONS)}))*)"


def is_language(name: str) -> bool:
    """Returns whether a name is a tag of the IANA registry or a letter.

    A digit may follow it, or derivations, each at most once.
    """
    tag, rules = underived(name), derivations(name)
    known = len(set(rules)) == len(rules) and set(rules) <= set(DERIVATIONS)
    if _SYNTAX in tag:
        return known and is_lab_language(tag)
    return known and _is_tag(tag if rules else text_language(tag))


def is_lab_language(name: str) -> bool:
    """Returns whether the lab can write a language: `a`, `ab`, `a:syntax=d`."""
    return re.fullmatch(f"[a-z]{{1,2}}({_SYNTAX}[a-z]{{1,2}})?", name) is not None


def words_and_grammar(language: str) -> tuple[str, str]:
    """Returns whose words and whose grammar a language of the lab has.

    `a` and `d` for `a:syntax=d`, and `a` twice for `a`.
    """
    words, _, grammar = language.partition(_SYNTAX)
    return words, grammar or words


def derivations(language: str) -> tuple[str, ...]:
    """Returns the rules that derive a language: `("shift", "reverse")` for `en:shift:reverse`.

    Empty for languages that are not derived.
    """
    return tuple(language.removeprefix(underived(language)).split(":")[1:])


def share_strings(first: str, second: str) -> bool:
    """Returns whether equal strings in two languages are equal to a model of both.

    The pieces of a shifted language have their own ids.
    """
    return first == second or not any("shift" in derivations(name) for name in (first, second))


def underived(language: str) -> str:
    """Returns the language from which one is derived, or else itself: `en` for `en:shift`."""
    name, *rules = language.split(":")
    has_syntax = rules and f":{rules[0]}".startswith(_SYNTAX)
    return f"{name}:{rules[0]}" if has_syntax else name


@cache
def text_language(language: str) -> str:
    """Returns the language of the text: `en` for `en2` and for `en:shift`."""
    if derivations(language):
        return underived(language)
    if language.endswith(_AGAIN) and not _is_tag(language) and _is_tag(language[:-1]):
        return language[:-1]
    return language


def primary_subtag(language: str) -> str:
    """Strips script, region and variant: `pt` for `pt-BR` and for `PT2`."""
    return text_language(language).partition("-")[0].lower()


@cache
def script_of(language: str) -> str | None:
    """Returns the script (ISO 15924) of a language, if known from its tag or the CLDR."""
    tag = text_language(language)
    if not langcodes.tag_is_valid(tag):
        return None
    return langcodes.Language.get(tag).maximize().script


def spelling(name: str, names: Iterable[str]) -> str | None:
    """Returns the one of `names` that equals `name` except for case, preferring an exact match."""
    alike = [other for other in names if other.lower() == name.lower()]
    return name if name in alike else next(iter(alike), None)


def find_file(folder: Path, name: str) -> Path:
    """Returns the file with this name except for case: `pt-br.txt` is found as `pt-BR.txt`.

    Returns:
      The expected path, if there is none.

    Raises:
      InputError: several files differ from the name, and from each other, only in case.
    """
    if (folder / name).is_file() or not folder.is_dir():
        return folder / name
    alike = sorted(path for path in folder.iterdir() if path.name.lower() == name.lower())
    if len(alike) > 1:
        raise InputError(f"{folder}: {alike[0].name} or {alike[1].name}? Name one of them {name}")
    return alike[0] if alike else folder / name


def named_pair(file_name: str, languages: Sequence[str]) -> tuple[str, str] | None:
    """Returns the language pair between the dots of a file's name.

    `en-pt-BR.tsv`, `dictionary.en-pt-BR.tsv`, `en-pt-BR.0-5000.txt`, `en_pt-BR.txt` and
    `en-to-pt-BR.txt` contain `en` and `pt-BR`. A hyphen alone does not make a pair: `my-words.tsv`
    and `en-big.tsv` contain none.

    Args:
      languages: languages of the run. Both of the pair are among them; or one is, and the other is
        a code of two letters, optionally with a region, so that a file for another run is
        recognised.

    Returns:
      The pair, spelled as in `languages` where possible, or None.
    """
    parts = file_name.lower().replace("_", "-").split(".")
    pairs = [(a, b) for a in languages for b in languages if a.lower() != b.lower()]
    # The longest first: `zh-TW-en` is not the pair `zh` and `en`.
    pairs.sort(key=lambda pair: -len("".join(pair)))
    for separator in ("-", "-.*-"):
        for part, (a, b) in itertools.product(parts, pairs):
            if re.fullmatch(f"{a}{separator}{b}".lower(), part):
                return a, b
    for part, language in itertools.product(parts, languages):
        after = part.removeprefix(f"{language}-".lower())
        before = part.removesuffix(f"-{language}".lower())
        if after != part and _is_short_tag(after):
            return language, after
        if before != part and _is_short_tag(before):
            return before, language
    return None


def split_languages(names: str) -> tuple[str, ...]:
    """Splits an argument such as `en-fr` or `en-pt-BR-zh-Hant` into languages.

    A language begins at each piece of one to three lower-case letters, optionally with a digit or
    derivations; all other pieces (`BR`, `Hant`, `419`) belong to the preceding tag. Where that is
    not intended, commas separate languages: `zh-yue,en`.
    """
    if "," in names:
        return tuple(names.split(","))
    languages: list[str] = []
    for piece in names.split("-"):
        if not languages or re.fullmatch(_PIECE, piece):
            languages.append(piece)
        else:
            languages[-1] += f"-{piece}"
    return tuple(languages)


def _is_short_tag(name: str) -> bool:
    return re.fullmatch("[a-z]{2}(-[a-z]{2})?", name) is not None and _is_tag(name)


def _is_tag(name: str) -> bool:
    # langcodes accepts underscores as hyphens; here a tag has one spelling.
    return re.fullmatch("[a-z]", name) is not None or (
        "_" not in name and langcodes.tag_is_valid(name)
    )

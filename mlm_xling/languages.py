"""Languages: what their names may be, and how files and arguments name them.

A language is a BCP 47 tag (RFC 5646) like `en`, `pt-BR`, `zh-Hant`, `es-419` or `nds`, kept as the
user spells it; case makes no difference. A digit from 2 to 9 after a tag makes another language of
the same text: `en2` is English once more, while the digits of `es-419` are the tag's own. Words
after colons derive a language by rule (`DERIVATIONS`): `en:reverse` is English read backwards. A
single letter is a language of the lab (docs/lab.md).
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import langcodes

from mlm_xling.errors import InputError

DERIVATIONS = ("shift", "reverse", "permute")
"""How a language is derived from the text of another (docs/how-to/controlled-languages.md): ids of
its own for the same pieces; words in reverse; words in an order drawn for each sentence."""
_AGAIN = tuple("23456789")
_RULE = f"({'|'.join(DERIVATIONS)})"


def is_language(name: str) -> bool:
    """Tells whether a name is a tag of the IANA registry or a letter.

    A digit may follow it, or derivations, each once.
    """
    tag, *rules = name.split(":")
    known = len(set(rules)) == len(rules) and set(rules) <= set(DERIVATIONS)
    return known and _is_tag(tag if rules else text_language(tag))


def derivations(language: str) -> tuple[str, ...]:
    """Lists the rules by which a language is derived: `("shift", "reverse")` of `en:shift:reverse`.

    It has none if it is written as it is.
    """
    return tuple(language.split(":")[1:])


def share_strings(first: str, second: str) -> bool:
    """Tells whether a string of one language is the same to a model of both as in the other.

    The pieces of a shifted language have ids of their own.
    """
    return first == second or not any("shift" in derivations(name) for name in (first, second))


def underived(language: str) -> str:
    """Names the language that one is derived from, or else itself: `en` of `en:shift`."""
    return language.partition(":")[0]


@cache
def text_language(language: str) -> str:
    """Names the language whose text is meant: `en` of `en2` and of `en:shift`."""
    if derivations(language):
        return underived(language)
    if language.endswith(_AGAIN) and not _is_tag(language) and _is_tag(language[:-1]):
        return language[:-1]
    return language


def primary_subtag(language: str) -> str:
    """Cuts script, region and variant off: `pt` of `pt-BR` and of `PT2`."""
    return text_language(language).partition("-")[0].lower()


@cache
def script_of(language: str) -> str | None:
    """Names the script (ISO 15924) that a language is written in, if its tag or the CLDR says."""
    tag = text_language(language)
    if not langcodes.tag_is_valid(tag):
        return None
    return langcodes.Language.get(tag).maximize().script


def spelling(name: str, names: Iterable[str]) -> str | None:
    """Finds the one of `names` that equals `name` but for case, the same first, or None."""
    alike = [other for other in names if other.lower() == name.lower()]
    return name if name in alike else next(iter(alike), None)


def find_file(folder: Path, name: str) -> Path:
    """Finds the file of a folder with this name but for case: `pt-br.txt` serves as `pt-BR.txt`.

    Returns:
      Where it should be, if there is none.

    Raises:
      InputError: several differ from the name, and from each other, in case only.
    """
    if (folder / name).is_file() or not folder.is_dir():
        return folder / name
    alike = sorted(path for path in folder.iterdir() if path.name.lower() == name.lower())
    if len(alike) > 1:
        raise InputError(f"{folder}: {alike[0].name} or {alike[1].name}? Name one of them {name}")
    return alike[0] if alike else folder / name


def named_pair(file_name: str, languages: Sequence[str]) -> tuple[str, str] | None:
    """Finds the pair of languages that stands between the dots of a file's name.

    `en-pt-BR.tsv`, `dictionary.en-pt-BR.tsv`, `en-pt-BR.0-5000.txt`, `en_pt-BR.txt` and
    `en-to-pt-BR.txt` name `en` and `pt-BR`. Hyphens alone make no pair: `my-words.tsv` and
    `en-big.tsv` name none.

    Args:
      languages: of the run. Both of the pair are among them; or one, and the other is a code of two
        letters, with a region or without, so that a file for another run is known as such.

    Returns:
      The pair, in the spelling of `languages` where it is theirs, or None.
    """
    parts = file_name.lower().replace("_", "-").split(".")
    pairs = [(a, b) for a in languages for b in languages if a.lower() != b.lower()]
    # The longest first: `zh-TW-en` is no pair of `zh` and `en`.
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
    """Splits an argument like `en-fr` or `en-pt-BR-zh-Hant` into languages.

    A language begins at each piece of one to three lower-case letters, with a digit or derivations
    after it or without; every other piece (`BR`, `Hant`, `419`) belongs to the tag before. Where
    that is not what is meant, commas separate languages: `zh-yue,en`.
    """
    if "," in names:
        return tuple(names.split(","))
    languages: list[str] = []
    for piece in names.split("-"):
        if not languages or re.fullmatch(rf"[a-z]{{1,3}}([2-9]|(:{_RULE})+)?", piece):
            languages.append(piece)
        else:
            languages[-1] += f"-{piece}"
    return tuple(languages)


def _is_short_tag(name: str) -> bool:
    return re.fullmatch("[a-z]{2}(-[a-z]{2})?", name) is not None and _is_tag(name)


def _is_tag(name: str) -> bool:
    # langcodes lets an underscore pass for a hyphen; here a tag has one spelling.
    return re.fullmatch("[a-z]", name) is not None or (
        "_" not in name and langcodes.tag_is_valid(name)
    )

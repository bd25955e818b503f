"""Bilingual dictionaries: `source<TAB>target[<TAB>weight[<TAB>lemma]]` a line, a file a pair."""

from collections.abc import Sequence
from pathlib import Path

from mlm_xling.config import DataConfig
from mlm_xling.data.text import decoded
from mlm_xling.errors import InputError
from mlm_xling.languages import find_file, named_pair, text_language

Dictionary = dict[str, dict[str, float]]
"""Word -> its translations and their weights."""
FILE_NAMES = ("{}-{}.tsv", "{}-{}.txt", "dictionary.{}-{}.tsv")
"""Names that a pair's file may have in a folder; the first that there is counts."""


def dictionary_files(data: DataConfig, languages: Sequence[str]) -> dict[tuple[str, str], Path]:
    """Finds the file of each (source, target) that has one, in whatever direction.

    Raises:
      InputError: `data.dictionary` does not exist, or some language is in no pair of it.
    """
    place = Path(data.dictionary or data.text_dir).expanduser()
    pairs = [(a, b) for a in languages for b in languages if a != b]
    if place.is_file():
        named = _pair_of(place, languages)
        found = {(a, b): place for a, b in pairs if (text_language(a), text_language(b)) == named}
    elif place.is_dir():
        found = {pair: path for pair in pairs if (path := file_of_pair(place, *pair))}
    else:
        raise InputError(f"config.data.dictionary: {place}: no such file or folder")
    for language in languages:
        if not any(language in pair for pair in found):
            other = next(name for name in languages if name != language)
            a, b = map(text_language, sorted((language, other), key=languages.index))
            raise InputError(
                f"config.data.dictionary: {place}: no dictionary for {a}-{b}; a folder needs "
                f"{FILE_NAMES[0].format(a, b)} or {FILE_NAMES[0].format(b, a)}"
            )
    return found


def file_of_pair(folder: Path, source: str, target: str) -> Path | None:
    """Finds the dictionary of two languages in a folder, if any; that of `en` serves `en2`, too.

    Raises:
      InputError: several files have its name but for case.
    """
    pair = text_language(source), text_language(target)
    paths = (find_file(folder, name.format(*pair)) for name in FILE_NAMES)
    return next((path for path in paths if path.is_file()), None)


def translations(data: DataConfig, languages: Sequence[str], source: str) -> list[Dictionary]:
    """Reads the dictionaries from one language into others, a file backwards where need be.

    Raises:
      InputError: as `dictionary_files` and `read_dictionary`.
    """
    files = dictionary_files(data, languages)
    found = []
    for target in languages:
        if (source, target) in files:
            found.append(read_dictionary(files[source, target]))
        elif (target, source) in files:
            found.append(_backwards(read_dictionary(files[target, source])))
    return found


def read_dictionary(path: Path) -> Dictionary:
    """Reads a file; the weight of a line without one is 1, and the lemma does not matter here.

    Raises:
      InputError: not UTF-8, a line without a tab, or a weight that is not positive, with the line.
    """
    words: Dictionary = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            fields = [field.strip() for field in decoded(line, path, number).split("\t")]
            if fields == [""]:
                continue
            if len(fields) not in (2, 3, 4) or not all(fields):
                form = "source<TAB>target[<TAB>weight[<TAB>lemma]]"
                raise InputError(f"{path}:{number}: must be {form}")
            source, target, *weight = fields[:3]
            words.setdefault(source, {})[target] = _weight(weight, f"{path}:{number}")
    return words


def _weight(fields: list[str], where: str) -> float:
    if not fields:
        return 1.0
    try:
        weight = float(fields[0])
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf"):
        raise InputError(f"{where}: the weight {fields[0]!r} is not a positive number")
    return weight


def _backwards(words: Dictionary) -> Dictionary:
    turned: Dictionary = {}
    for source, targets in words.items():
        for target, weight in targets.items():
            turned.setdefault(target, {})[source] = weight
    return turned


def _pair_of(path: Path, languages: Sequence[str]) -> tuple[str, str]:
    """The pair that a file is named after, else the only pair there is."""
    texts = [text_language(language) for language in languages]
    if named := named_pair(path.name, texts):
        return named
    if len(texts) != 2:
        raise InputError(f"config.data.dictionary: {path} is one file; more pairs need a folder")
    return texts[0], texts[1]

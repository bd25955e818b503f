"""Bilingual dictionaries, one file per pair.

A line is `source<TAB>target[<TAB>weight[<TAB>lemma]]`, or `source target` as in MUSE."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mlm_xling.config import DataConfig
from mlm_xling.data.text import cells_of, read_lines
from mlm_xling.errors import InputError
from mlm_xling.languages import find_file, named_pair, text_language

Dictionary = dict[str, dict[str, float]]
"""Word -> its translations and their weights."""
FILE_NAMES = ("{}-{}.tsv", "{}-{}.txt", "dictionary.{}-{}.tsv")
"""File names of a pair in a folder; the first that exists is used. If none does, a file with more
between the dots, such as `en-fr.0-5000.txt`, is used if it is the only one."""
_ENDINGS = (".tsv", ".txt")


class Entry(NamedTuple):
    """A line of a dictionary."""

    source: str
    target: str
    """A word or several, like the source."""
    weight: float
    """The weight of the translation; 1 if the line has none."""
    lemma: str
    """The lemma of the source; empty if the line has none."""


def dictionary_files(data: DataConfig, languages: Sequence[str]) -> dict[tuple[str, str], Path]:
    """Returns the file of each (source, target) that has one, in either direction.

    Raises:
      InputError: `data.dictionary` does not exist, or a language is in none of its pairs.
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
                f"{FILE_NAMES[0].format(a, b)} or {FILE_NAMES[0].format(b, a)} (or .txt)"
            )
    return found


def file_of_pair(folder: Path, source: str, target: str) -> Path | None:
    """Returns the dictionary of two languages in a folder, if any; `en2` uses that of `en`.

    Raises:
      InputError: several files match, differing in case or in a suffix.
    """
    pair = text_language(source), text_language(target)
    for name in FILE_NAMES:
        if (path := find_file(folder, name.format(*pair))).is_file():
            return path
    longer = [path for path in sorted(folder.iterdir()) if _is_of_pair(path, pair)]
    if len(longer) > 1:
        name = FILE_NAMES[1].format(*pair)
        raise InputError(
            f"config.data.dictionary: {folder}: {longer[0].name} or {longer[1].name}? Name the "
            f"file itself, or call one of them {name}"
        )
    return longer[0] if longer else None


def _is_of_pair(path: Path, pair: tuple[str, str]) -> bool:
    """Returns whether a file (of a folder that may hold others) is a pair's dictionary."""
    begins = path.name.lower().removeprefix("dictionary.").startswith("-".join(pair).lower() + ".")
    return begins and path.suffix.lower() in _ENDINGS and path.is_file()


def translations(data: DataConfig, languages: Sequence[str], source: str) -> list[Dictionary]:
    """Reads the dictionaries from one language into others, inverting files if necessary.

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
    """Reads translations and their weights, without lemmas.

    Raises:
      InputError: as `read_entries`.
    """
    words: Dictionary = {}
    for entry in read_entries(path):
        words.setdefault(entry.source, {})[entry.target] = entry.weight
    return words


def read_entries(path: Path) -> Iterator[Entry]:
    """Reads a file line by line, skipping blank lines.

    Raises:
      InputError: as `read_lines` and `cells_of`; or a line holds no pair of words, or a weight that
        is not positive.
    """
    for number, line in read_lines(path, "config.data.dictionary"):
        if line.strip():
            yield _entry(line, f"{path}:{number}")


def _entry(line: str, where: str) -> Entry:
    tabbed = "\t" in line
    fields = cells_of(line, where) if tabbed else line.split()
    while tabbed and len(fields) > 2 and not fields[-1]:
        fields.pop()  # Exported tables have a tab for every empty cell.
    if not all(fields) or len(fields) not in ((2, 3, 4) if tabbed else (2,)):
        raise InputError(
            f"{where}: must be source<TAB>target[<TAB>weight[<TAB>lemma]], or two words with a "
            "space between them"
        )
    source, target, weight, lemma = *fields, *("1", "")[len(fields) - 2 :]
    return Entry(source, target, _weight(weight, where), lemma)


def _weight(field: str, where: str) -> float:
    try:
        weight = float(field)
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf"):
        raise InputError(f"{where}: the weight {field!r} is not a positive number")
    return weight


def _backwards(words: Dictionary) -> Dictionary:
    turned: Dictionary = {}
    for source, targets in words.items():
        for target, weight in targets.items():
            turned.setdefault(target, {})[source] = weight
    return turned


def _pair_of(path: Path, languages: Sequence[str]) -> tuple[str, str]:
    """Returns the pair in a file's name, else the only possible pair."""
    texts = [text_language(language) for language in languages]
    if named := named_pair(path.name, texts):
        return named
    if len(texts) != 2:
        raise InputError(f"config.data.dictionary: {path} is one file; more pairs need a folder")
    return texts[0], texts[1]

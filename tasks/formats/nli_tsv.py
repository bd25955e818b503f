"""Natural language inference in TSV files: a premise, a hypothesis and their label a line."""

from pathlib import Path
from typing import NamedTuple

from mlm_xling.data.text import cells_of, read_lines
from mlm_xling.errors import InputError
from mlm_xling.languages import spelling, text_language

COLUMNS = {
    "premise": ("premise", "sentence1"),
    "hypothesis": ("hypothesis", "hypo", "sentence2"),
    "label": ("label", "gold_label"),
}
"""Names that the columns have in the header: ours, or those of MultiNLI and XNLI."""
LANGUAGE = "language"
"""The column of a line's language, if there is one (XNLI has all languages in one file); lines in
other languages are passed over."""
LABELS = ("entailment", "neutral", "contradiction")
_SPELLINGS = {"contradictory": "contradiction"}
_UNDECIDED = "-"
"""MultiNLI's label where annotators disagree; such pairs are passed over."""


class Pair(NamedTuple):
    """Two sentences and whether the premise entails the hypothesis."""

    premise: str
    hypothesis: str
    label: str


def read_pairs(path: Path, language: str) -> list[Pair]:
    """All pairs of a TSV file, or those of one language; for `en2` they are those of `en`.

    Raises:
      InputError: no such file, not UTF-8, no pair in it; or, with file and line, a header
        without the columns, a line of another width, a cell quoted as in CSV, a label that is none
        of `LABELS`.
    """
    lines = ((number, line) for number, line in read_lines(path) if line.strip())
    first, names = next(lines, (1, ""))
    header = cells_of(names, f"{path}:{first}")
    places = {name: _place(header, known, f"{path}:{first}") for name, known in COLUMNS.items()}
    pairs, wanted = [], text_language(language).lower()
    of_language = spelling(LANGUAGE, header)
    for number, line in lines:
        cells = cells_of(line, f"{path}:{number}")
        if len(cells) != len(header):
            raise InputError(f"{path}:{number}: {len(cells)} columns, the header has {len(header)}")
        if of_language and cells[header.index(of_language)].lower() != wanted:
            continue
        pair = Pair(*(cells[places[name]] for name in Pair._fields))
        if pair.label != _UNDECIDED:
            pairs.append(pair._replace(label=_label(pair.label, f"{path}:{number}")))
    if not pairs:
        raise InputError(f"{path}: no pair of {language!r} in it")
    return pairs


def names_languages(path: Path) -> bool:
    """Whether a TSV file has a column of languages, so that one file serves all of them.

    Raises:
      InputError: no such file, not UTF-8, or a column is quoted as in CSV.
    """
    first = next((line for _, line in read_lines(path) if line.strip()), "")
    return spelling(LANGUAGE, cells_of(first, f"{path}:1")) is not None


def _place(header: list[str], known: tuple[str, ...], where: str) -> int:
    for name in known:
        if column := spelling(name, header):
            return header.index(column)
    raise InputError(f"{where}: no column {known[0]!r} (or {', '.join(known[1:])}) in the header")


def _label(label: str, where: str) -> str:
    label = _SPELLINGS.get(label, label)
    if label not in LABELS:
        raise InputError(f"{where}: label {label!r}; must be one of {', '.join(LABELS)}")
    return label

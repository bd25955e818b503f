"""What an audit of the sample says of the counts: how many flagged lines are what they seem.

In the last column of the sample stands the language that a line is in (`fr`), several joined by
a plus (`en+fr`), or `-` for none. A line whose cell is empty was not looked at; lines stand in
random order, so the first of each stratum are a sample as well.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mlm_xling.data.text import normal, read_lines
from mlm_xling.errors import InputError
from tasks.contamination.counts import THRESHOLDS, Counts
from tasks.contamination.intervals import Estimate, stratified
from tasks.contamination.names import is_spoken, label_language
from tasks.contamination.sample import CATEGORY, COLUMNS, Stratum

NONE = "-"
Audited = dict[Stratum, tuple[int, int]]
"""Lines of each stratum that are in the flagged language, and lines that were looked at."""


class Audit(NamedTuple):
    """What an audit found among the lines of each stratum."""

    flagged: Audited
    """Lines in the flagged language."""
    foreign: Audited
    """Lines in any language but that of the text."""


def read_audit(path: Path, sampled: Iterable[Sequence[str]]) -> Audit:
    """Reads the sample back, with categories, as it is or as a spreadsheet has saved it.

    Rows may stand in any order and columns, too; others are passed over. What a spreadsheet takes
    for a number may be written otherwise than it was.

    Args:
      sampled: the cells of each row as it was written, without the category.

    Raises:
      InputError: rows are not those of the sample, a category is not a language, or none is there.
    """
    left = {_key(dict(zip(COLUMNS, cells, strict=False))): cells for cells in sampled}
    flagged, foreign, looked = (Counter[Stratum]() for _ in range(3))
    for number, row in _rows(path):
        cells = left.pop(_key(row), None)
        if cells is None:
            raise InputError(f"{path}:{number}: this row is not of the sample, or appears twice")
        if category := row[CATEGORY].strip():
            stratum = _stratum(cells)
            found = _languages(category, f"{path}:{number}")
            looked[stratum] += 1
            flagged[stratum] += stratum.flagged in found
            foreign[stratum] += bool(found - {label_language(stratum.text)})
    if missing := next(iter(left.values()), None):
        raise InputError(f"{path}: lacks the row of {missing[4]}:{missing[5]}; keep all of them")
    if not looked:
        raise InputError(f"{path}: no category in it; write languages into the last column")
    return Audit(
        *({one: (hits[one], looked[one]) for one in looked} for hits in (flagged, foreign))
    )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields (line, cells by column) of a TSV file, without rows of empty cells."""
    lines = csv.reader((f"{line}\n" for _, line in read_lines(path)), "excel-tab")
    header = next(lines, [])
    if not set(COLUMNS) <= set(header):
        raise InputError(f"{path}:1: the columns must be {', '.join(COLUMNS)}, between tabs")
    for cells in lines:
        if any(cells):
            cells += [""] * (len(header) - len(cells))
            yield lines.line_num, dict(zip(header, cells, strict=False))


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    """What a row is known by."""
    return tuple(normal(row[name]) for name in ("text", "flagged", "file", "line", "sentence"))


def is_audited(path: Path) -> bool:
    """Tells whether someone has written a category into the sample at a place."""
    return path.exists() and any(row[CATEGORY].strip() for _, row in _rows(path))


def corrected(counts: Counts, language: str, threshold: float, audit: Audit) -> Estimate | None:
    """Estimates how many lines flagged as a language at p of `threshold` or more are in it.

    Returns:
      None where a band with lines was not looked at.
    """
    return _over_bands(counts, [language], threshold, audit.flagged)


def corrected_foreign(counts: Counts, threshold: float, audit: Audit) -> Estimate | None:
    """Estimates how many lines flagged as other languages than the text's are in any of them.

    Returns:
      As `corrected`.
    """
    return _over_bands(counts, counts.foreign, threshold, audit.foreign)


def agreement(counts: Counts, language: str, agreed: Audited) -> Estimate:
    """Estimates the share of the lines of a language on which the second identifier agrees."""
    total = counts.size((language,), 0.0)
    found = _over_bands(counts, [language], 0.0, agreed) or Estimate(0.0, 0.0, float(total))
    return Estimate(*(number / total for number in found))


def _over_bands(
    counts: Counts,
    languages: Sequence[str],
    threshold: float,
    audited: Mapping[Stratum, tuple[int, int]],
) -> Estimate | None:
    sizes = {
        Stratum(counts.language, language, band): counts.found[language][band][0]
        for language in languages
        for band in range(THRESHOLDS.index(threshold), len(THRESHOLDS))
    }
    filled = [stratum for stratum, size in sizes.items() if size]
    if not all(stratum in audited for stratum in filled):
        return None
    if not filled:
        return Estimate(0.0, 0.0, 0.0)
    hits, looked = zip(*(audited[stratum] for stratum in filled), strict=True)
    return stratified(hits, looked, [sizes[stratum] for stratum in filled])


def _stratum(cells: Sequence[str]) -> Stratum:
    return Stratum(cells[0], cells[1], THRESHOLDS.index(float(cells[2])))


def _languages(category: str, place: str) -> set[str]:
    if category == NONE:
        return set()
    names = [name.strip() for name in category.split("+")]
    if odd := [name for name in names if not is_spoken(name)]:
        raise InputError(
            f"{place}: {odd[0]!r} is not a language; write a tag like fr, several like en+fr, or "
            f"{NONE} for none"
        )
    return {label_language(name) for name in names}

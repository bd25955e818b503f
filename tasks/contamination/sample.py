"""A sample of lines of every flagged language and band of p, for a second opinion and an audit."""

import csv
import io
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mlm_xling.directories import write_whole
from tasks.contamination.counts import THRESHOLDS, band_of
from tasks.contamination.identifier import Identified

KEPT = 100
"""Lines of a stratum for the second opinion; an audit takes fewer."""
_LONGEST = 1000
"""Characters that are kept of a line."""
CATEGORY = "category"
COLUMNS = ("text", "flagged", "from_p", "p", "file", "line", "sentence", CATEGORY)


class Stratum(NamedTuple):
    """Lines that an audit corrects together."""

    text: str
    """The language whose text it is."""
    flagged: str
    band: int


@dataclass(frozen=True)
class Row:
    """A line that was drawn."""

    stratum: Stratum
    p: float
    file: str
    line: int
    sentence: str
    asked: str
    """What of it was identified."""

    def cells(self) -> list[str]:
        """Writes all columns but the category."""
        text, flagged, band = self.stratum
        sentence = " ".join(self.sentence.split())
        # Rounded up, 0.8999 would lie in the next band.
        numbers = f"{THRESHOLDS[band]:g}", f"{math.floor(1000 * self.p) / 1000:.3f}"
        return [text, flagged, *numbers, self.file, str(self.line), sentence]


class Sample:
    """Uniform samples of strata, in bounded memory (algorithm R); the same in every run."""

    def __init__(self):
        """Takes lines as they come."""
        self._rows: dict[Stratum, list[Row]] = {}
        self._seen: dict[Stratum, int] = {}
        self._random = random.Random(0)

    def add(
        self, text: str, found: Identified, file: str, line: int, sentence: str, asked: str
    ) -> None:
        """Considers a line."""
        stratum = Stratum(text, found.language, band_of(found.p))
        rows = self._rows.setdefault(stratum, [])
        seen = self._seen[stratum] = self._seen.get(stratum, 0) + 1
        place = len(rows) if seen <= KEPT else int(self._random.random() * seen)
        if place < KEPT:
            cut = sentence[:_LONGEST], asked[:_LONGEST]
            rows[place : place + 1] = [Row(stratum, found.p, file, line, *cut)]

    def strata(self) -> dict[Stratum, list[Row]]:
        """Gives what was drawn of each stratum, in random order."""
        return {
            stratum: random.Random(str(stratum)).sample(rows, len(rows))
            for stratum, rows in sorted(self._rows.items())
        }


def to_audit(strata: dict[Stratum, list[Row]], own: dict[str, str], size: int) -> list[Row]:
    """Takes `size` lines of each stratum that is flagged as another language than its text's.

    Args:
      own: what the identifier calls the language of each text.
    """
    return [
        row
        for stratum, rows in strata.items()
        if stratum.flagged != own[stratum.text]
        for row in rows[:size]
    ]


def write_sample(path: Path, rows: list[Row]) -> None:
    """Writes a TSV file whose last column is for whoever audits, quoted as spreadsheets do."""
    with io.StringIO(newline="") as text:
        writer = csv.writer(text, "excel-tab", lineterminator="\n")
        writer.writerows([COLUMNS, *([*row.cells(), ""] for row in rows)])
        write_whole(path, text.getvalue().encode())

"""A ledger of all computed numbers of a report, with the measurements they are based on."""

from dataclasses import dataclass, field

from mlm_xling.reports.tables import Table
from mlm_xling.study.estimates import Estimate
from mlm_xling.study.measured import csv_text

HEADER = [
    "line", "what", "measure", "row", "beside", "place", "value", "low", "high", "p", "p_holm", "n",
    "seeds", "lines of results.csv",
]  # fmt: skip


@dataclass
class Ledger:
    """The lines of `statistics.csv`, after the header."""

    lines: list[list] = field(default_factory=list)

    def enter(
        self,
        what: str,
        measure: str,
        row: str,
        beside: str,
        place: str,
        found: Estimate,
        p_holm: float | None = None,
    ) -> int:
        """Adds a number and returns its line.

        Args:
          what: `mean`, `difference`, or the claim that it decides.
          beside: the row or the model it is compared with.
        """
        line = len(self.lines) + 2
        ends = found.value, found.low, found.high, found.p, p_holm
        places = " ".join(map(str, found.lines))
        counts = found.items, found.seeds
        self.lines.append([line, what, measure, row, beside, place, *ends, *counts, places])
        return line

    def csv(self) -> str:
        """Returns all lines as CSV."""
        return csv_text(HEADER, self.lines)

    def table(self) -> Table:
        """Returns a table of all lines, which are link targets."""
        return Table(HEADER, [list(map(_shown, line)) for line in self.lines], anchored=True)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)

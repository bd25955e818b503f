"""Every number of a report that was computed, a line each, with the measurements it comes from."""

from dataclasses import dataclass, field

from mlm_xling.reports.tables import Table
from mlm_xling.study.columns import Estimate
from mlm_xling.study.measured import csv_text

HEADER = [
    "line", "what", "measure", "row", "beside", "place", "value", "low", "high", "p", "p_holm", "n",
    "seeds", "lines of results.csv",
]  # fmt: skip


@dataclass
class Ledger:
    """The lines of `statistics.csv`; its first one is the header."""

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
        """Enters a number and returns its line.

        Args:
          what: `mean`, `difference`, or the claim that it decides.
          beside: the row or the model that it is of, or is compared with.
        """
        line = len(self.lines) + 2
        ends = found.value, found.low, found.high, found.p, p_holm
        places = " ".join(map(str, found.lines))
        counts = found.items, found.seeds
        self.lines.append([line, what, measure, row, beside, place, *ends, *counts, places])
        return line

    def csv(self) -> str:
        """Writes all lines."""
        return csv_text(HEADER, self.lines)

    def table(self) -> Table:
        """Shows all lines, each the target of the links to it."""
        return Table(HEADER, [list(map(_shown, line)) for line in self.lines], anchored=True)


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)

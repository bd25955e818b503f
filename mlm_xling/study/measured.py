"""Measurements of a study's runs, read once, and their export as CSV."""

import csv
import dataclasses
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mlm_xling.errors import InputError
from mlm_xling.outcomes import Outcome, read_outcomes
from mlm_xling.reports.selection import newest
from mlm_xling.results import FILE_NAME, OF_TRAINING, TRAINED, Result, read_results
from mlm_xling.study.cell import Cell, Stage

TIMES = "study"
"""Evaluator name of durations among results."""
EVALUATION = "evaluation"
"""Metric name of the total duration of all stages that measure the trained model."""
_FIELDS = [field.name for field in dataclasses.fields(Result)]


@dataclass(frozen=True)
class Run:
    """A cell with measurements."""

    cell: Cell
    results: Sequence[Result]
    """All results, at all steps of its pretraining, and durations; none for stages that are not
    done."""
    outcomes: Mapping[tuple, Outcome]
    first_line: int
    """Line of its first result in the CSV file."""

    @cached_property
    def newest(self) -> list[Result]:
        """The latest results."""
        return newest(list(self.results))

    @cached_property
    def _lines(self) -> dict[tuple, int]:
        return {r.identity: line for line, r in enumerate(self.results, self.first_line)}

    def line(self, result: Result) -> int:
        """Returns the line of a result in the CSV file."""
        return self._lines[result.identity]


def read_runs(cells: Iterable[Cell]) -> tuple[list[Run], list[str]]:
    """Reads the measurements of cells; also returns warnings about damaged files."""
    runs, warnings, line = [], [], 2
    for cell in cells:
        if not cell.is_measured():
            continue
        try:
            known = read_results(cell.folder / FILE_NAME)
        except InputError as error:
            warnings.append(f"{cell.name} is left out: {error}")
            continue
        undone = cell.undone()
        results = [result for result in known if _counts(result, cell, undone)] + [*_times(cell)]
        try:
            outcomes = read_outcomes(cell.folder, newest(results))
        except InputError as error:
            outcomes = {}
            warnings.append(f"{cell.name}: no tests over items: {error}")
        runs.append(Run(cell, results, outcomes, line))
        line += len(results)
    return runs, warnings


def _counts(result: Result, cell: Cell, undone: Collection[Stage]) -> bool:
    """Returns whether a result is neither of an undone stage nor left from an earlier study.

    What needs no training is measured in one cell of a corpus, which may once have been this one.
    """
    giving = [stage for stage in cell.stages if stage.gives(result)]
    return all(stage not in undone for stage in giving) and (
        result.model in OF_TRAINING or bool(giving)
    )


def _times(cell: Cell) -> Iterator[Result]:
    """Yields the duration of each stage, and of all that measure the trained model, as results."""
    times = cell.seconds_of_stages()
    measuring = [s.name for s in cell.stages if s.evaluators and not s.untrained]
    if measuring and times.keys() >= set(measuring):
        times[EVALUATION] = sum(times[name] for name in measuring)
    for stage, seconds in times.items():
        yield Result(
            TIMES, f"seconds_{stage}", TRAINED, cell.pair, cell.pair, None, seconds, None, None,
            n=1, step=0, seed=cell.seed, config="", seen=None,
        )  # fmt: skip


def as_csv(runs: Iterable[Run]) -> str:
    """Writes pair and row, followed by the columns of `results.jsonl`."""
    rows = (
        [run.cell.pair, run.cell.row, *(getattr(result, name) for name in _FIELDS)]
        for run in runs
        for result in run.results
    )
    return csv_text(["pair", "row", *_FIELDS], rows)


def csv_text(header: Sequence[str], rows: Iterable[Sequence]) -> str:
    """Writes a table with a header line."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(header)
    lines.writerows(rows)
    return text.getvalue()

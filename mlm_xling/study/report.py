"""What a study found: every measurement as CSV, and Table 1."""

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlm_xling.directories import write_whole
from mlm_xling.reports.sections import Section, html, markdown
from mlm_xling.reports.selection import newest
from mlm_xling.results import FILE_NAME, Result, read_results
from mlm_xling.study.cells import Cell
from mlm_xling.study.definition import Study
from mlm_xling.study.table import measures, study_table

CSV_FILE, PAGE, TEXT = "results.csv", "index.html", "report.md"
Measured = Mapping[Cell, Sequence[Result]]


def write_study_report(study: Study, cells: Sequence[Cell], workdir: Path) -> Path | None:
    """Writes `report/` of what is done so far; returns the page, or None if nothing is.

    Raises:
      InputError: a line of results is damaged.
    """
    measured = {
        cell: newest(read_results(cell.folder / FILE_NAME)) for cell in cells if not cell.left()
    }
    if not measured:
        return None
    sections = _sections(study, cells, measured)
    folder = workdir / "report"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / CSV_FILE, _csv(measured).encode())
    write_whole(folder / TEXT, markdown(sections).encode())
    write_whole(folder / PAGE, html(sections, {}).encode())
    return folder / PAGE


def _csv(measured: Measured) -> str:
    """The columns of `results.jsonl` after pair and row."""
    columns = [field.name for field in dataclasses.fields(Result)]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["pair", "row", *columns])
    for cell, results in measured.items():
        for result in results:
            rows.writerow([cell.pair, cell.row, *(getattr(result, name) for name in columns)])
    return text.getvalue()


def _sections(study: Study, cells: Sequence[Cell], measured: Measured) -> list[Section]:
    seeds = ", ".join(map(str, study.seeds))
    told = f"{study.config}; rows {', '.join(study.rows)}; seeds {seeds}."
    warnings = [f"{cell.name}: {cell.failure() or 'not done yet'}" for cell in cells if cell.left()]
    sections = [Section(1, f"{len(measured)} of {len(cells)} runs", warnings, [told, CAPTION])]
    for pair in study.pairs:
        runs = {
            row: {
                cell.seed: results
                for cell, results in measured.items()
                if (cell.pair, cell.row) == (pair, row)
            }
            for row in study.rows
        }
        others = _others(runs.get(study.baseline, {}))
        table = study_table(runs, measures(study.evaluators), study.baseline, others)
        sections.append(Section(2, pair, table=table))
    return sections


def _others(runs: Mapping[int, Sequence[Result]]) -> list[str]:
    models = dict.fromkeys(result.model for results in runs.values() for result in results)
    return [model for model in models if model not in ("trained", "random_target")]


CAPTION = (
    "Means over seeds, of probes at the layer that is best on the items that fit maps. In brackets "
    "95% intervals: of a figure for other seeds and other items, of a difference (Δ, to the same "
    "seeds of the row named there) for other seeds. Below the rows stands what the encoders of "
    "that row give before training ('random'), and what needs no encoder."
)

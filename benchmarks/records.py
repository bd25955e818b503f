"""Records of real runs, and the pages that quote them: no figure in a table is typed by hand.

    python -m benchmarks.records keep lab bilingual-0=runs/demo bilingual-1=runs/demo-1
    python -m benchmarks.records pages

`keep` puts what was measured on runs into `docs/results/lab.jsonl`, under a name for each run
(names that differ in a last number are seeds of one thing). `--only=<pattern>` after the name of
the record keeps the metrics that match, where all of them would be too large a file. `pages` writes
`docs/results/<name>.md` from `<name>.md.jinja` beside it, which a test compares, and draws figures.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from benchmarks.dose_figure import FIGURES, dose_figure
from benchmarks.record import Record
from benchmarks.steps_figure import steps_figure
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.evaluation.probes.cka import LAYER_PAIR
from mlm_xling.locks import lock_file, wait_for_writer
from mlm_xling.reports.figures.style import render
from mlm_xling.reports.selection import newest
from mlm_xling.results import FILE_NAME, Result, read_results

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "results"
_DIGITS = 5


def keep(name: str, runs: dict[str, Path], folder: Path = FOLDER, only: str = "") -> None:
    """Puts the newest results of runs, by name, into a record; the last of a name stays.

    CKA of each layer with every other is for figures, and left out.

    Args:
      only: pattern of the metrics to keep.
    """
    added = []
    for run, place in runs.items():
        results = newest(read_results(place / FILE_NAME))
        if not results:
            raise InputError(f"{place / FILE_NAME}: no results in it")
        added += [
            json.dumps({"run": run, **_rounded(result)})
            for result in results
            if not (result.setting or result.metric.startswith(LAYER_PAIR))
            and re.match(only, result.metric)
        ]
    path = folder / f"{name}.jsonl"
    with lock_file(path.with_name(f".{path.name}.lock"), wait_for_writer(path)):
        before = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in before if json.loads(line)["run"] not in runs]
        write_whole(path, "".join(line + "\n" for line in (*kept, *added)).encode())


def _rounded(result: Result) -> dict:
    fields = asdict(result)
    return {k: round(v, _DIGITS) if isinstance(v, float) else v for k, v in fields.items()}


def page(template: Path) -> str:
    """Fills a page's places for figures from the record of the same name.

    Templates have it as `record`, and in `tables` the rows of each `<name>-<what>.tsv` as `what`.
    """
    import jinja2  # Of requirements-dev.txt; runs are kept without it.

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    name = template.name.removesuffix(".md.jinja")
    text = environment.from_string(template.read_text())
    paths = template.parent.glob(f"{name}-*.tsv")
    tables = {path.stem.removeprefix(f"{name}-"): _table(path) for path in paths}
    return text.render(record=Record(template.with_name(f"{name}.jsonl")), tables=tables)


def _table(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text().splitlines()]


def templates(folder: Path = FOLDER) -> list[Path]:
    """Lists the pages that are filled."""
    return sorted(folder.glob("*.md.jinja"))


def draw_figures(folder: Path = FOLDER) -> None:
    """Writes the figures of those records that have anything to draw."""
    for name, dose in FIGURES.items():
        record = Record(folder / f"{name}.jsonl")
        if record.seeds(next(iter(dose.runs))):
            (folder / f"{name}.png").write_bytes(render(dose_figure(record, dose), "png"))
    over_steps = steps_figure(Record(folder / "over-steps.jsonl"))
    (folder / "over-steps.png").write_bytes(render(over_steps, "png"))


def main(arguments: Iterable[str]) -> None:
    """Keeps results, or writes all pages."""
    command, *rest = arguments
    if command == "keep":
        name, *pairs = rest
        only = ""
        if pairs and pairs[0].startswith("--only="):
            only = pairs.pop(0).removeprefix("--only=")
        runs = {run: Path(place) for run, _, place in (pair.partition("=") for pair in pairs)}
        keep(name, runs, only=only)
    elif command == "pages":
        for template in templates():
            template.with_suffix("").write_text(page(template))
        draw_figures()
    else:
        raise SystemExit(f"{command}: neither keep nor pages")


if __name__ == "__main__":
    main(sys.argv[1:])

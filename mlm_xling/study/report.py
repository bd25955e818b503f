"""The report of a study: findings, Table 1, figures, and all numbers with their sources."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mlm_xling.config.stored import as_text
from mlm_xling.directories import write_whole
from mlm_xling.locks import lock_file, wait_for_writer
from mlm_xling.reports.figures import Picture, write_pictures
from mlm_xling.reports.sections import Section, html, markdown
from mlm_xling.study.cell import Cell
from mlm_xling.study.columns import Column
from mlm_xling.study.definition import Study
from mlm_xling.study.evidence import Evidence
from mlm_xling.study.ledger import Ledger
from mlm_xling.study.measured import Run, as_csv, read_runs
from mlm_xling.study.overview import CAPTION as OVERVIEW
from mlm_xling.study.overview import ROWS, overview_table, rows_table
from mlm_xling.study.pictures import bars_picture, layer_pictures, steps_picture
from mlm_xling.study.scores import measures
from mlm_xling.study.table import Compared, compare, full_table, not_above_baselines, small_table
from mlm_xling.study.verdicts import findings_section

_NAMED = 5
"""Maximum number of unfinished runs to name."""
CSV_FILE, STATISTICS, PAGE, TEXT = "results.csv", "statistics.csv", "index.html", "report.md"


def write_study_report(study: Study, cells: Sequence[Cell], workdir: Path) -> Path | None:
    """Writes `report/` with what is done so far; returns the page, or None if nothing is done.

    Processes with parts of a study report one after the other, so that the last one reads all.
    """
    folder = workdir / "report"
    with lock_file(workdir / ".report.lock", wait_for_writer(folder)):
        return _write(study, cells, folder)


def _write(study: Study, cells: Sequence[Cell], folder: Path) -> Path | None:
    runs, warnings = read_runs(cells)
    if not runs:
        return None
    warnings = [*study.notes, *warnings, *_undone(cells)]
    ledger = Ledger()
    opening = Section(1, _title(runs, cells), warnings, [*_about(study), CAPTION])
    sections, pictures = _body(study, runs, ledger)
    sections.insert(0, opening)
    folder.mkdir(parents=True, exist_ok=True)
    write_pictures(pictures, folder)
    write_whole(folder / CSV_FILE, as_csv(runs).encode())
    write_whole(folder / STATISTICS, ledger.csv().encode())
    write_whole(folder / TEXT, markdown(sections).encode())
    every = Section(2, "Every number", paragraphs=[EVERY], table=ledger.table())
    images = {picture.name: picture.png for picture in pictures}
    write_whole(folder / PAGE, html([*sections, every], images).encode())
    return folder / PAGE


def _body(study: Study, runs: Sequence[Run], ledger: Ledger) -> tuple[list[Section], list[Picture]]:
    in_rows, pairs = [run for run in runs if run.cell.row in study.rows], study.pairs
    study = _begun(study, in_rows)
    columns = [Column(measure, in_rows) for measure in measures(study.all_evaluators)]
    every = [
        compare(column, study.rows, study.baseline, ledger) for column in columns if column.places
    ]
    tasks = [compared for compared in every if compared.column.measure.is_task]
    evidence = Evidence([compared.column for compared in tasks], runs, pairs)
    bars = list(bars_picture(every, study.rows))
    over_layers = list(layer_pictures(runs, study.rows))
    over_steps = list(steps_picture(in_rows, study.rows))
    sections = [
        *map(_section, bars),
        findings_section(evidence, ledger),
        Section(2, "The rows", paragraphs=[ROWS], table=rows_table(in_rows)),
        *_tables(study, tasks or every, every, in_rows),
        *map(_section, (*over_steps, *over_layers)),
        Section(
            2,
            "The runs",
            paragraphs=[OVERVIEW, *_settings(study)],
            table=overview_table([run for run in runs if run.cell.config], ledger),
        ),
    ]
    return sections, [*bars, *over_layers, *over_steps]


def _tables(
    study: Study, small: Sequence[Compared], every: Sequence[Compared], runs: Sequence[Run]
) -> Iterator[Section]:
    if small:
        table = small_table(small, study.rows)
        yield Section(2, "Table 1", paragraphs=[MARKS], table=table)
    for compared in every:
        notes = ", ".join(not_above_baselines(compared, study.rows))
        warnings = [BEATEN + notes] if notes else []
        if compared.column.measure.evaluator == "lexicon" and (given := _given_words(runs)):
            warnings.append(GIVEN_WORDS.format(rows=", ".join(given)))
        table = full_table(compared, study.rows)
        yield Section(3, compared.column.measure.heading, warnings, table=table)


def _given_words(runs: Sequence[Run]) -> list[str]:
    """Lists the rows whose text has translations of words."""
    configs = [(run.cell.row, run.cell.config) for run in runs]
    given = (row for row, config in configs if config and config.data.code_switching.probability)
    return list(dict.fromkeys(given))


def _section(picture: Picture) -> Section:
    return Section(2, picture.title, [], [picture.caption], picture.name, picture.alt)


def _begun(study: Study, runs: Sequence[Run]) -> Study:
    """Restricts a study to rows and pairs of which something is done."""
    rows, pairs = {run.cell.row for run in runs}, {run.cell.pair for run in runs}
    return replace(
        study,
        rows=tuple(row for row in study.rows if row in rows),
        pairs=tuple(pair for pair in study.pairs if pair in pairs),
    )


def _undone(cells: Sequence[Cell]) -> Iterator[str]:
    """Describes why runs failed, and which are not done; if there are many, how many."""
    left = [cell for cell in cells if cell.left()]
    yield from (f"{cell.name}: {cell.failure()}" for cell in left if cell.failure())
    if waiting := [_waiting(cell) for cell in left if not cell.failure()]:
        more = len(waiting) - _NAMED
        yield f"not done yet: {', '.join(waiting[:_NAMED])}" + (
            f" and {more} more; rows and pairs without a run are left out" if more > 0 else ""
        )


def _waiting(cell: Cell) -> str:
    """Returns the name of a run, with its missing stages if it has measured something."""
    missing = ", ".join(stage.name for stage in cell.undone())
    return f"{cell.name} ({missing})" if missing and cell.is_measured() else cell.name


def _title(runs: Sequence[Run], cells: Sequence[Cell]) -> str:
    in_part = sum(bool(run.cell.undone()) for run in runs)
    return f"{len(runs) - in_part} of {len(cells)} runs" + (
        f", and {in_part} in part" if in_part else ""
    )


def _about(study: Study) -> Iterator[str]:
    """Says what was trained, and the command that does it."""
    seeds = ", ".join(map(str, study.seeds))
    rows, pairs = ", ".join(study.rows), ", ".join(study.pairs)
    yield f"{study.config}; rows {rows}; pairs {pairs}; seeds {seeds}."
    if study.file:
        workdir = f"studies/{Path(study.file).stem}"
        yield f"Made by: python run_study.py --study={study.file} --workdir={workdir}"


def _settings(study: Study) -> Iterator[str]:
    """Lists what differs from the configuration, in all runs and in single rows."""
    for runs, settings in {"all runs": study.settings, **study.of_row}.items():
        if settings:
            values = ", ".join(
                f"{name}={as_text(value) or 'none'}" for name, value in settings.items()
            )
            yield f"Settings of {runs} beside those of {study.config}: {values}."


CAPTION = (
    "Every number links to its line of statistics.csv, which names the lines of results.csv that "
    "it is computed from. Numbers are means over seeds; probes are reported at the layer that is "
    "best on the items that maps are fitted on. In brackets, 95% intervals over seeds and test "
    "items, resampled together (hierarchical bootstrap): the bootstrap's standard error times "
    "Student's quantile; with one seed, over items only. n is the number of items that all runs "
    "of a column were tested on (premises for NLI; words of a dictionary that share a form or a "
    "translation count as one). Δ is the mean difference to the row named in "
    "the header, paired by seed and item, over the pairs and seeds in which both were measured. "
    "These are named where they are not all; then Δ is not the difference of the means shown."
)
MARKS = (
    "Means over seeds, and differences (Δ). A star marks p < 0.05 after Holm's "
    "correction over rows. The p-value is the larger of two permutation tests: one permutes whole "
    "runs (null hypothesis: the row makes no difference to what training arrives at), the other "
    "test items (these runs do equally well on items like these). Few seeds have few permutations "
    "(five seeds of one pair have 252): 'the least' is a p-value that no difference, however "
    "large, could have made smaller. Figures without per-item outcomes (CKA) are tested over runs "
    "only."
)
BEATEN = (
    "Not clearly above the best of what needs no training, whose score lies in the interval or "
    "above it: "
)
GIVEN_WORDS = (
    "Not held out in {rows}: pretraining replaced words by translations of this dictionary, so a "
    "gain over other rows is no evidence of alignment beyond the words that were given."
)
EVERY = "The lines of statistics.csv."

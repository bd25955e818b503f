"""Names of the runs compared in a report, and checks of its inputs."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint
from mlm_xling.configurations import read_configurations
from mlm_xling.errors import InputError
from mlm_xling.evaluation.descriptor import Evaluator
from mlm_xling.evaluation.evaluators import MODELS, TASKS, UNTRAINED
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.examples import read_examples
from mlm_xling.paths import require_folder, require_kinds
from mlm_xling.reports.selection import newest
from mlm_xling.reports.transfer import Row, rows_of
from mlm_xling.results import FILE_NAME, RANDOM, TEACHER, TRAINED, Result, read_results

REPORT = "report"
"""Folder of a report in the folder of its results."""


def name_runs(folders: Sequence[Path]) -> dict[str, Path]:
    """Names runs by the shortest distinct suffixes of their paths.

    Raises:
      InputError: a folder is given twice.
    """
    paths = [folder.resolve() for folder in folders]
    for path in paths:
        if paths.count(path) > 1:
            raise InputError(f"beside: {path} is listed twice; a run is compared with others")
    longest = max(len(path.parts) for path in paths)
    for length in range(1, longest + 1):
        names = [str(Path(*path.parts[-length:])) for path in paths]
        if len(set(names)) == len(names):
            return dict(zip(names, folders, strict=True))
    raise AssertionError("whole paths differ")


def read_runs(named: Mapping[str, Path]) -> dict[str, list[Result]]:
    """Reads the results of each run that a report shows, by name."""
    return {name: newest(read_results(place / FILE_NAME)) for name, place in named.items()}


def require_report(folder: Path, beside: Sequence[Path]) -> None:
    """Checks the folders of a report, before anything is measured.

    Raises:
      InputError: a folder to compare with has no results, results, examples or a configuration are
        damaged, or the report cannot be written.
    """
    require_folder(folder, "output")
    require_kinds(folder, files=(FILE_NAME,), folders=(REPORT,))
    results = read_results(folder / FILE_NAME)
    read_examples(folder, results)
    read_configurations(folder, (result.config for result in results))
    name_runs([folder, *beside])
    for place in beside:
        others = read_results(place / FILE_NAME)
        if not others:
            raise InputError(f"beside={place}: no results there; run run_eval.py on it")
        read_configurations(place, (result.config for result in others))


def require_measurable_baseline(
    folder: Path,
    beside: Sequence[Path],
    baseline: str | None,
    evaluators: Iterable[Evaluator],
    config: Config,
    models: Collection[str] = MODELS,
) -> None:
    """Checks, before anything is measured, that a report will have a baseline.

    Args:
      evaluators: what will be measured first, under `config`, of `models`.

    Raises:
      InputError: there will be no baseline of that name.
    """
    if baseline is None:
        return
    name, *_ = runs = name_runs([folder, *beside])
    results = {run: read_results(place / FILE_NAME) for run, place in runs.items()}
    if tasks := [TASKS[evaluator.name] for evaluator in evaluators if evaluator.name in TASKS]:
        results[name] = [*results[name], *_to_be_measured(tasks, config, models)]
    rows = [row for run, of_run in results.items() for row in rows_of(run, newest(of_run))]
    require_baseline(baseline, rows)


def _to_be_measured(
    tasks: Iterable[Task], config: Config, models: Collection[str]
) -> Iterator[Result]:
    """Yields placeholders of future results, sufficient for naming rows."""
    named = [TRAINED] if TRAINED in models else []
    named += [TEACHER] if named and config.evaluation.finetuning.teacher else []
    for task in tasks:
        beside = [RANDOM, *task.baselines] if UNTRAINED in models else []
        for target, model in itertools.product(config.target_languages, (*named, *beside)):
            yield Result(
                evaluator=task.name,
                metric=task.selection,
                model=model,
                source=config.source_language,
                target=target,
                layer=None,
                value=0.0,
                low=None,
                high=None,
                n=0,
                step=0,
                seed=0,
                config=fingerprint(config),
                seen=None,
            )


def require_baseline(baseline: str, rows: Sequence[Row]) -> str:
    """Returns the row with which the table of transfer compares, see `find_baseline`.

    Raises:
      InputError: it does not exist; the message lists those that do.
    """
    if not rows:
        raise InputError(
            f"baseline={baseline}: nothing is fine-tuned, so there is no table to compare in"
        )
    if found := find_baseline(baseline, rows):
        return found
    names = "; ".join(dict.fromkeys(row.name for row in rows))
    raise InputError(f"baseline={baseline}: no such checkpoint in the table; there are {names}")


def find_baseline(baseline: str, rows: Sequence[Row]) -> str | None:
    """Returns the name of the row with this name, or of the first row of the run with this name."""
    named = [row.name for row in rows if row.name == baseline]
    return next(iter([*named, *(row.name for row in rows if row.run == baseline)]), None)

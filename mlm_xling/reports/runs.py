"""What a report calls the runs that stand side by side, and what it needs of them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mlm_xling.errors import InputError
from mlm_xling.evaluation.descriptor import Evaluator
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.examples import read_examples
from mlm_xling.paths import require_folder, require_kinds
from mlm_xling.reports.selection import newest
from mlm_xling.reports.transfer import rows_of
from mlm_xling.results import FILE_NAME, TEACHER, Result, read_results

REPORT = "report"
"""The folder of a report in that of its results."""


def name_runs(folders: Sequence[Path]) -> dict[str, Path]:
    """Names runs by the end of their path: as much of it as tells them apart.

    Raises:
      InputError: a folder is given twice.
    """
    paths = [folder.resolve() for folder in folders]
    for path in paths:
        if paths.count(path) > 1:
            raise InputError(f"--beside: {path} stands twice; a run is compared with others")
    longest = max(len(path.parts) for path in paths)
    for length in range(1, longest + 1):
        names = [str(Path(*path.parts[-length:])) for path in paths]
        if len(set(names)) == len(names):
            return dict(zip(names, folders, strict=True))
    raise AssertionError("whole paths differ")


def read_runs(named: Mapping[str, Path]) -> dict[str, list[Result]]:
    """Reads what a report shows of each run, by the name of its folder."""
    return {name: newest(read_results(place / FILE_NAME)) for name, place in named.items()}


def require_report(folder: Path, beside: Sequence[Path]) -> None:
    """Checks the folders of a report, before anything is measured.

    Raises:
      InputError: a folder that is to stand beside has no results, a line of results is damaged or
        examples are, or the report cannot be written.
    """
    require_folder(folder, "--workdir")
    require_kinds(folder, files=(FILE_NAME,), folders=(REPORT,))
    read_examples(folder, read_results(folder / FILE_NAME))
    name_runs([folder, *beside])
    for place in beside:
        if not read_results(place / FILE_NAME):
            raise InputError(f"--beside={place}: no results there; run run_eval.py on it")


def require_measurable_baseline(
    folder: Path,
    beside: Sequence[Path],
    baseline: str | None,
    evaluators: Iterable[Evaluator],
    taught: bool = False,
) -> None:
    """Checks that there will be a baseline in a report, before anything is measured.

    Args:
      evaluators: what will be measured first.
      taught: whether a teacher will be, too.

    Raises:
      InputError: there will be none of that name.
    """
    runs = name_runs([folder, *beside])
    if baseline is not None:
        known = [
            row.name
            for name, place in runs.items()
            for row in rows_of(name, read_results(place / FILE_NAME))
        ]
        measured = [TASKS[evaluator.name] for evaluator in evaluators if evaluator.name in TASKS]
        if measured:
            name = next(iter(runs))
            models = ["random", *(model for task in measured for model in task.baselines)]
            models += [TEACHER] * taught
            known += [name, *(f"{name}, {model}" for model in models)]
        require_baseline(baseline, known)


def require_baseline(baseline: str, known: Iterable[str]) -> None:
    """Refuses a baseline that is none of the names of checkpoints in the table of transfer.

    Raises:
      InputError: lists those that there are.
    """
    names = list(dict.fromkeys(known))
    if not names:
        raise InputError(f"--baseline={baseline}: nothing is fine-tuned, so no table takes it")
    if baseline not in names:
        raise InputError(
            f"--baseline={baseline}: no such checkpoint in the table; there are {'; '.join(names)}"
        )

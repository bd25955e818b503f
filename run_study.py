"""Trains and evaluates all runs of a study, and reports; the same command resumes.

python run_study.py --study=configs/studies/quick.py --workdir=studies/quick --jobs=2
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from mlm_xling.bound_process import bound
from mlm_xling.console import run_program
from mlm_xling.errors import InputError
from mlm_xling.paths import require_folder, user_path

if TYPE_CHECKING:
    from mlm_xling.study.cell import Cell
    from mlm_xling.study.jobs import Executor

ROOT = Path(__file__).resolve().parent
STUDY = flags.DEFINE_string("study", None, "A file that defines STUDY, in configs/studies/.")
WORKDIR = flags.DEFINE_string("workdir", None, "Where runs and report go.")
JOBS = flags.DEFINE_integer("jobs", 1, "Runs at a time, each on its share of cores.", lower_bound=1)
EXECUTOR = flags.DEFINE_enum(
    "executor",
    "here",
    ["here", "slurm", "local"],
    "This machine, Slurm, or submitit's trial of it.",
)
RESOURCES = flags.DEFINE_string(
    "resources", "", "What a job may use, timeout_min=120,gpus_per_node=1."
)
DRY_RUN = flags.DEFINE_bool("dry_run", False, "Lists the runs, what is left, and its time.")
PLAN = flags.DEFINE_string("plan", None, "Only plan the runs to train, on chips like h100:8.")
PRICE = flags.DEFINE_float("price", None, "Dollars for an hour of a chip, for --plan.")
COMMANDS = flags.DEFINE_bool("commands", False, "Prints a line of the shell for each run left.")
ONLY = flags.DEFINE_string("only", "", "Runs by name, like a-b/default/0; without it, all.")
flags.register_multi_flags_validator(
    ["plan", "dry_run", "commands"],
    lambda given: sum(value not in (None, False) for value in given.values()) <= 1,
    "only one of --plan, --dry_run and --commands can be asked for",
)
flags.mark_flags_as_required(["study", "workdir"])


def study() -> None:
    """Runs what is left of a study, or lists or plans it."""
    if PLAN.value is not None:
        # A plan only computes with shapes; available devices are left to others.
        os.environ["JAX_PLATFORMS"] = "cpu"
    from mlm_xling.study.cells import cells_of, select
    from mlm_xling.study.definition import load_study
    from mlm_xling.study.inputs import require_files
    from mlm_xling.study.jobs import run_cells
    from mlm_xling.study.progress import Progress, listing, summary

    file = user_path(STUDY.value or "", "--study").resolve()
    workdir = user_path(WORKDIR.value or "", "--workdir").resolve()
    os.chdir(ROOT)  # Runs start here, so relative paths of the study agree.
    chosen = load_study(file)
    require_folder(workdir, "--workdir")
    cells = cells_of(chosen, workdir)
    if flags.FLAGS["only"].present and not ONLY.value:
        raise InputError("--only: no run is named")
    asked = select(cells, ONLY.value or "")
    if PRICE.value is not None and PLAN.value is None and not chosen.chips:
        raise InputError("--price: has no effect without --plan")
    program = [sys.executable, str(ROOT / "run_study.py"), f"--study={file}"]
    if COMMANDS.value:
        for cell in asked:
            if cell.left():
                after = "".join(f" {need.name}" for need in cell.needs if need.left())
                line = shlex.join([*program, f"--workdir={workdir}", f"--only={cell.name}"])
                print(line + (f"  # after{after}" if after else ""))
    elif PLAN.value is not None:
        _print_cost(asked, PLAN.value)
    elif DRY_RUN.value:
        print(*listing(asked, JOBS.value), sep="\n")
    else:
        from mlm_xling.study.report import write_study_report  # JAX takes seconds to import.

        require_files(chosen, asked)
        executor = _executor(workdir)
        if chosen.chips:
            _plan_elsewhere([*program, f"--workdir={workdir}", f"--plan={chosen.chips}"])
        print(summary(asked, JOBS.value))
        run_cells(asked, executor, Progress(asked, JOBS.value))
        failed = [cell for cell in asked if cell.left()]
        for cell in failed:
            print(f"failed {cell.name}: {cell.failure()}")
        if page := write_study_report(chosen, cells, workdir):
            print(f"report {page}")
        raise SystemExit(1 if failed else 0)


def _plan_elsewhere(plan: list[str]) -> None:
    """Prints the cost from a process of its own, as planning hides devices and runs inherit that.

    If there is no plan, as for a TPU without its compiler, that says why, and the study starts.
    """
    asked = [flags.FLAGS[name] for name in ("only", "price")]
    given = [flag.serialize() for flag in asked if flag.present]
    subprocess.run(bound([*plan, *given]), check=False)


def _print_cost(asked: "list[Cell]", text: str) -> None:
    from mlm_xling.planning.slices import read_price, read_slice
    from mlm_xling.study.cost import cost

    for line in cost(asked, read_slice(text), read_price(PRICE.value)):
        print(line, flush=True)


def _executor(workdir: Path) -> "Executor":
    from mlm_xling.study.cluster import Cluster
    from mlm_xling.study.jobs import ThisMachine

    if EXECUTOR.value != "here":
        return Cluster(EXECUTOR.value, JOBS.value, RESOURCES.value or "", workdir, ROOT)
    if RESOURCES.value:
        raise InputError("--resources: needs --executor=slurm")
    return ThisMachine(JOBS.value, ROOT)


if __name__ == "__main__":
    run_program(study)

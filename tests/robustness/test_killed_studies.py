"""Studies that are killed: nobody goes on behind them, and the same command ends the same."""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mlm_xling.bound_process import bound
from mlm_xling.results import FILE_NAME, read_results
from mlm_xling.study.measured import TIMES
from mlm_xling.study.report import CSV_FILE, STATISTICS
from tests.robustness.kills import KILLS, by_command, chance, is_alive, on_linux
from tests.robustness.stand_in_study import LAYERS, ROOT, cells
from tests.study.test_report import STUDY
from tests.waits import wait_until

__all__ = ["chance"]
pytestmark = on_linux
Command = Sequence[str]


def finish(command: Command) -> float:
    """Runs a study to its end; gives the seconds."""
    began = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return time.monotonic() - began


def kill_after(command: Command, seconds: float) -> bool:
    """Kills a study, unless it ends before; all that it started ends with it."""
    study = subprocess.Popen(bound(command), cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        assert study.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        behind = descendants(study.pid)
        study.kill()
        study.wait()
        wait_until(lambda: not any(map(is_alive, behind)), f"processes {behind} have ended")
    return study.returncode == -signal.SIGKILL


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    children = [
        int(child)
        for file in Path(f"/proc/{process}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return children + [each for child in children for each in descendants(child)]


def figures(workdir: Path) -> list[str]:
    """The lines of a study's CSV files, without the seconds that runs took."""
    texts = [(workdir / "report" / name).read_text() for name in (CSV_FILE, STATISTICS)]
    lines = [line for text in texts for line in text.splitlines()]
    return [line for line in lines if f",{TIMES}," not in line and " (s)," not in line]


def kill_often(
    command: Command,
    workdir: Path,
    kills: int,
    chance: random.Random,
    require_same: Callable[[Path, Path], None],
) -> None:
    """Kills a study so many times; when it ends, it is compared with one that ran through.

    Both at one place, as that is part of the configuration that figures are of.
    """
    whole = workdir.with_name("whole")
    seconds = finish(command)
    workdir.rename(whole)
    while kills:
        if kill_after(command, chance.uniform(0, seconds)):
            kills -= 1
        else:
            require_same(whole, workdir)
            shutil.rmtree(workdir)
    finish(command)
    require_same(whole, workdir)


def test_runs_end_with_a_killed_study_and_do_not_stand_in_the_way_of_the_next(tmp_path, chance):
    def require_same(whole: Path, workdir: Path) -> None:
        for one, other in zip(cells(whole), cells(workdir), strict=True):
            assert other.left() == ()
            results = read_results(one.folder / FILE_NAME)
            assert len(results) == len(one.stages) * LAYERS
            assert read_results(other.folder / FILE_NAME) == results

    command = sys.executable, "-m", "tests.robustness.stand_in_study", str(tmp_path / "runs")
    kill_often(command, tmp_path / "runs", KILLS or 3, chance, require_same)


@by_command
def test_a_study_that_is_killed_often_ends_with_the_same_figures(tmp_path, chance):
    def require_same(whole: Path, workdir: Path) -> None:
        assert figures(workdir) == figures(whole)

    (tmp_path / "study.py").write_text(STUDY)
    flags = f"--study={tmp_path / 'study.py'}", f"--workdir={tmp_path / 'runs'}", "--jobs=2"
    command = sys.executable, "run_study.py", *flags
    kill_often(command, tmp_path / "runs", KILLS, chance, require_same)

"""Studies that are killed: nobody goes on behind them, and the same command ends the same."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mlm_xling.results import FILE_NAME, read_results
from tests.robustness.kills import KILLS, by_command, chance, is_alive, on_linux, wait_until
from tests.robustness.stand_in_study import LAYERS, ROOT, cells
from tests.study.test_report import STUDY

__all__ = ["chance"]
pytestmark = on_linux
Command = Sequence[str]


def finish(command: Command) -> float:
    """Runs a study to its end; gives the seconds."""
    began = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return time.monotonic() - began


def kill_after(command: Command, seconds: float) -> None:
    """Kills a study; all that it started ends with it."""
    study = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    behind = descendants(study.pid)
    study.kill()
    assert study.wait() in (-signal.SIGKILL, 0)
    wait_until(lambda: not any(map(is_alive, behind)), f"processes {behind} have ended")


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    children = [
        int(child)
        for file in Path(f"/proc/{process}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return children + [each for child in children for each in descendants(child)]


def try_often(
    command_of: Callable[[Path], Command], folder: Path, kills: int, chance: random.Random
) -> tuple[Path, Path]:
    """The workdirs of a study that ran through, and of one that was killed so many times.

    Both at one place, as that is part of the configuration that figures are of.
    """
    command, whole, killed = command_of(folder / "runs"), folder / "whole", folder / "runs"
    seconds = finish(command)
    killed.rename(whole)
    for _ in range(kills):
        kill_after(command, chance.uniform(0, seconds))
    finish(command)
    return whole, killed


def test_runs_end_with_a_killed_study_and_do_not_stand_in_the_way_of_the_next(tmp_path, chance):
    def command(workdir: Path) -> Command:
        return sys.executable, "-m", "tests.robustness.stand_in_study", str(workdir)

    whole, killed = try_often(command, tmp_path, KILLS or 3, chance)

    for one, other in zip(cells(whole), cells(killed), strict=True):
        assert other.left() == ()
        results = read_results(one.folder / FILE_NAME)
        assert len(results) == len(one.stages) * LAYERS
        assert read_results(other.folder / FILE_NAME) == results


@by_command
def test_a_study_that_is_killed_often_ends_with_the_same_figures(tmp_path, chance):
    (tmp_path / "study.py").write_text(STUDY)

    def command(workdir: Path) -> Command:
        flags = f"--study={tmp_path / 'study.py'}", f"--workdir={workdir}", "--jobs=2"
        return sys.executable, "run_study.py", *flags

    whole, killed = try_often(command, tmp_path, KILLS, chance)

    csv = "report/results.csv"
    assert (killed / csv).read_bytes() == (whole / csv).read_bytes()

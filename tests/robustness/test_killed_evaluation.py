"""Evaluations that are killed: the same command ends with the results that any other gives."""

import shutil
import signal
from pathlib import Path

import pytest

from mlm_xling.results import FILE_NAME, read_results
from tests.robustness.kills import KILLS, chance, said_line, start
from tests.robustness.programs import content
from tests.test_run_eval_transfer import data_flags

__all__ = ["chance", "data_flags"]

FORKING = """
import os, runpy, signal, sys, time
import mlm_xling.library, mlm_xling.reports.screen  # They take seconds, here once for all.

for line in sys.stdin:
    *words, seconds = line.split("\\t")
    began, process = time.monotonic(), os.fork()
    if not process:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - began, flush=True)
"""
OFTEN = KILLS or 1


class Evaluations:
    """Evaluations of one run, each in a process of its own that JAX was loaded for before."""

    def __init__(self, flags: list[str]):
        self._flags = flags
        self._process = start(FORKING)

    def run(self, workdir: Path, kill_after: float = 0.0) -> tuple[int, float]:
        """Exit status and seconds of one that is killed, or not, after a while."""
        assert self._process.stdin is not None
        words = ["run_eval.py", f"--workdir={workdir}", *self._flags, str(kill_after)]
        print(*words, sep="\t", file=self._process.stdin, flush=True)
        status, _, seconds = said_line(self._process).partition(" ")
        return int(status), float(seconds)

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def evaluations(request):
    """Of probes; by command of a grid of fine-tuning, too."""
    flags = ["--evaluators=cka"]
    if KILLS:
        flags = ["--evaluators=cka,retrieval,ner,nli", *request.getfixturevalue("data_flags")]
    evaluations = Evaluations(flags)
    yield evaluations
    evaluations.close()


def test_a_killed_evaluation_keeps_a_whole_report_and_ends_with_the_same_results(
    evaluations, saved_run, tmp_path, chance
):
    whole, killed = (
        shutil.copytree(saved_run, tmp_path / name / "run") for name in ("whole", "killed")
    )
    status, seconds = evaluations.run(whole)
    assert status == 0
    report = content(whole / "report")

    for _ in range(OFTEN):
        status, _ = evaluations.run(killed, kill_after=chance.uniform(0, seconds))
        assert status in (-signal.SIGKILL, 0)
        for path in (killed / "report").glob("[!.]*"):
            assert path.read_bytes() == report[path.name]
    status, _ = evaluations.run(killed)

    assert status == 0
    assert read_results(killed / FILE_NAME) == read_results(whole / FILE_NAME)
    assert content(killed / "report") == report

"""Evaluations that are killed: the same command ends with the results that any other gives."""

import shutil
import signal
import time
from pathlib import Path

import pytest

from mlm_xling.results import FILE_NAME, read_results
from tests.forked import Program
from tests.robustness.kills import KILLS, chance
from tests.robustness.programs import content
from tests.test_run_eval_transfer import data_flags

__all__ = ["chance", "data_flags"]

OFTEN = KILLS or 1


@pytest.fixture
def evaluate(request):
    """Evaluates by probes; by command by a grid of fine-tuning, too."""
    flags = ["--evaluators=cka"]
    if KILLS:
        flags = ["--evaluators=cka,retrieval,ner,nli", *request.getfixturevalue("data_flags")]

    def evaluate(workdir: Path, kill_after: float = 0.0) -> tuple[int, float]:
        """Exit status and seconds of one that is killed, or not, after a while."""
        began = time.monotonic()
        program = Program("run_eval.py", f"--workdir={workdir}", *flags)
        if kill_after:
            time.sleep(kill_after)
            program.kill()
        return program.end().returncode, time.monotonic() - began

    return evaluate


def test_a_killed_evaluation_keeps_a_whole_report_and_ends_with_the_same_results(
    evaluate, saved_run, tmp_path, chance
):
    whole, killed = (
        shutil.copytree(saved_run, tmp_path / name / "run") for name in ("whole", "killed")
    )
    status, seconds = evaluate(whole)
    assert status == 0
    report = content(whole / "report")

    for _ in range(OFTEN):
        status, _ = evaluate(killed, kill_after=chance.uniform(0, seconds))
        assert status in (-signal.SIGKILL, 0)
        for path in (killed / "report").glob("[!.]*"):
            assert path.read_bytes() == report[path.name]
    status, _ = evaluate(killed)

    assert status == 0
    assert read_results(killed / FILE_NAME) == read_results(whole / FILE_NAME)
    assert content(killed / "report") == report

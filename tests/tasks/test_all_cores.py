"""Functions on all cores: the same answers, from as many processes, which end when they must."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from tasks.all_cores import OnAllCores
from tests.waits import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})


def process_of(batch: list[int]) -> int:
    time.sleep(0.02)  # so that one process does not take all batches
    return os.getpid()


def doubled(batch: list[int]) -> list[int]:
    if not batch:
        raise InputError("an empty batch")
    return [2 * number for number in batch]


def answers(function: OnAllCores, batches: list[list[int]]) -> list:
    with ThreadPoolExecutor(function.at_once) as threads:
        return list(threads.map(function, batches))


def test_every_call_has_the_answer_of_its_batch() -> None:
    with closing(OnAllCores(doubled, alone=2)) as function:
        assert answers(function, [[n] for n in range(1, 9)]) == [[2 * n] for n in range(1, 9)]


def test_as_many_processes_answer_as_there_are_cores() -> None:
    with closing(OnAllCores(process_of, alone=0)) as function:
        found = set(answers(function, [[]] * 12))
    assert len(found) == 2
    assert os.getpid() not in found
    assert not any(Path(f"/proc/{process}").exists() for process in found)


def test_little_work_stays_in_this_process() -> None:
    function = OnAllCores(process_of, alone=3)
    assert answers(function, [[]] * 3) == [os.getpid()] * 3


def test_bad_input_is_told_as_in_this_process() -> None:
    with (
        closing(OnAllCores(doubled, alone=0)) as function,
        pytest.raises(InputError, match="empty"),
    ):
        function([])


def test_the_processes_end_silently_with_one_that_is_killed() -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.tasks.test_all_cores"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    worker = int(program.stdout.readline())
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    program.stdout.close()
    with program.stderr as told:
        assert not told.read()
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), "the worker has ended", seconds=10)


if __name__ == "__main__":
    os.sched_getaffinity = lambda process: {0, 1}
    print(OnAllCores(process_of, alone=0)([]), flush=True)
    time.sleep(60)

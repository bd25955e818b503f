"""What a killed process leaves: nobody running, nothing locked, nothing in the way."""

import copy
import dataclasses
import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.config.stored import to_json
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.preparation.prepare import prepare, streams_directory
from mlm_xling.results import append_results, read_results
from mlm_xling.training.loop import train
from mlm_xling.training.workdir import claimed
from tests.robustness.kills import (
    KILLS,
    chance,
    is_alive,
    on_linux,
    said_line,
    start,
)
from tests.test_results import RESULT
from tests.waits import wait_until

__all__ = ["chance"]

PREPARING = """
import sys
from mlm_xling.config.stored import from_json
from mlm_xling.console import run_program
from mlm_xling.preparation.prepare import prepare
sys.argv = sys.argv[:1]
run_program(lambda: prepare(from_json(settings)))
"""
WAITING = """
import sys
from mlm_xling.console import run_program
from mlm_xling.preparation import program
place = sys.argv.pop()
run_program(lambda: program.run_program("tests.robustness.waiting", place))
"""
LOCKING = """
import sys, time
from pathlib import Path
from mlm_xling.locks import lock_file
with lock_file(Path(sys.argv[1]), print):
    print("locked", flush=True)
    time.sleep(1000)
"""
APPENDING = """
import sys
from pathlib import Path
from mlm_xling.results import Result, append_results
def result(step, layer):
    pair = "en", "fr"
    return Result("cka", "cka", "trained", *pair, layer, 0.5, None, None, 9, step, 0, "abc", None)
for number in range(10**6):
    append_results(Path(sys.argv[1]), [result(number, layer) for layer in range(300)])
    print(number, flush=True)
"""
WRITING = """
import sys
from pathlib import Path
from mlm_xling.directories import write_whole
for number in range(10**6):
    write_whole(Path(sys.argv[1]), bytes([number % 256]) * 10**6)
    print(number, flush=True)
"""
OFTEN = KILLS or 12


@pytest.fixture
def config(prepared_config: Config, tmp_path: Path) -> Config:
    """A configuration of text that is not prepared yet."""
    config = copy.deepcopy(prepared_config)
    config.data.cache_dir = str(tmp_path / "cache")
    return config


@on_linux
def test_preparation_ends_with_the_run_that_asked_for_it(config):
    directory = streams_directory(config)
    partial = directory.with_name(directory.name + ".partial")
    run = start(f"settings = {to_json(config)!r}\n{PREPARING}")
    wait_until(lambda: (partial / "en").exists(), "preparation has begun")
    lock = directory.with_name(directory.name + ".lock").read_text()
    (worker,) = map(int, re.findall(r"process (\d+) on", lock))
    assert is_alive(worker)
    assert worker != run.pid

    run.kill()

    run.communicate(timeout=60)
    wait_until(lambda: not is_alive(worker), "the worker has ended")
    assert not directory.exists()


@on_linux
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 143)]
)
def test_a_program_of_preparation_ends_with_its_run(tmp_path, number, status):
    run = start(WAITING, tmp_path / "worker")
    wait_until((tmp_path / "worker").exists, "the worker runs")
    worker = int((tmp_path / "worker").read_text())

    run.send_signal(number)

    _, told = run.communicate(timeout=60)
    assert run.returncode == status
    assert "Traceback" not in told
    wait_until(lambda: not is_alive(worker), "the worker has ended")


def test_what_killed_preparations_left_is_gone_after_the_next_start(prepared, prepared_config):
    folder = streams_directory(prepared_config).parent
    (folder / "killed.partial" / "en").mkdir(parents=True)

    prepare(prepared_config)

    assert not (folder / "killed.partial").exists()


def test_a_workdir_has_one_run_at_a_time(prepared_config, tmp_path):
    with (
        claimed(tmp_path),
        pytest.raises(
            InputError, match=rf"{tmp_path}: another run trains there .process {os.getpid()} "
        ),
    ):
        train(prepared_config, tmp_path)


def kill_at_random(chance: random.Random, code: str, path: Path) -> int:
    """Kills a program that writes to `path`; the number of what it last said to be written."""
    writer = start(code, path)
    first = said_line(writer)
    time.sleep(chance.uniform(0, 0.05))
    writer.kill()
    rest, told = writer.communicate()
    assert writer.returncode == -signal.SIGKILL, told
    return int([first, *rest.splitlines()][-1])


def test_appends_that_are_killed_lose_nothing_that_was_said_to_be_written(tmp_path, chance):
    path, said = tmp_path / "results.jsonl", 0
    for kill in range(OFTEN):
        said = max(said, kill_at_random(chance, APPENDING, path))
        append_results(path, [dataclasses.replace(RESULT, metric=f"after kill {kill}")])

    kept = {(result.metric, result.step, result.layer) for result in read_results(path)}
    assert kept >= {("cka", step, layer) for step in range(said + 1) for layer in range(300)}
    assert kept >= {(f"after kill {kill}", RESULT.step, RESULT.layer) for kill in range(OFTEN)}


def test_a_file_whose_writing_is_killed_is_whole_and_the_next_writing_clears_up(tmp_path, chance):
    path = tmp_path / "report.md"
    for _ in range(OFTEN):
        kill_at_random(chance, WRITING, path)

        content = path.read_bytes()
        assert content == content[:1] * 10**6
    write_whole(path, b"whole")
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_run_leaves_no_lock(tmp_path):
    holder = start(LOCKING, tmp_path / ".lock")
    assert said_line(holder) == "locked"
    with pytest.raises(InputError, match="another run"), claimed(tmp_path):
        pass

    holder.kill()
    holder.communicate()

    with claimed(tmp_path):
        pass


def test_what_killed_runs_left_unfinished_in_a_workdir_is_removed(tmp_path):
    saves = tmp_path / "checkpoints" / "latest"
    (saves / "10").mkdir(parents=True)
    (saves / "20.orbax-checkpoint-tmp-3").mkdir()
    (tmp_path / "vocabulary.partial").mkdir()
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / ".index.html.partial").write_text("<html>")

    with claimed(tmp_path):
        pass

    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {".lock", "vocabulary.lock", "report", "checkpoints"} | {
        f"checkpoints/{name}" for name in ("latest", "latest/10")
    }

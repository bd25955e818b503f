"""Parallel execution of cells, on this machine or a cluster."""

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from mlm_xling.bound_process import bound
from mlm_xling.study.cell import Cell, Stage
from mlm_xling.study.shares import Share, shares

LOG = "log.txt"
_COMMAND = "$ "
"""Prefix of commands in the log."""
Say = Callable[[str], None]


@runtime_checkable
class Process(Protocol):
    """A process that runs a stage."""

    def poll(self) -> int | None:
        """Returns the exit status, negative for a signal, or None while running."""
        ...

    def terminate(self) -> None:
        """Asks it to save and end."""
        ...

    def wait(self) -> object:
        """Waits for its end."""
        ...


@runtime_checkable
class Executor(Protocol):
    """A place to run stages."""

    jobs: int
    """Maximum number of parallel stages."""
    pause: float
    """Seconds between polls."""

    def start(self, cell: Cell, stage: Stage, log: Path) -> Process:
        """Starts the command of a stage, appending its output to a file."""
        ...


class ThisMachine:
    """Processes on this machine, each with its share of cores and GPUs.

    They end with this process, even if it is killed, so that a study restarted at once does not
    compete with runs of this one.
    """

    pause = 0.1

    def __init__(self, jobs: int, root: Path):
        """Initialises with the folder in which commands are run."""
        self.jobs, self._root = jobs, root
        self._free = shares(jobs)
        self._taken: dict[subprocess.Popen, Share] = {}

    def start(self, cell: Cell, stage: Stage, log: Path) -> subprocess.Popen:
        """Starts a process on a free share."""
        del cell
        for ended in [process for process in self._taken if process.poll() is not None]:
            self._free.append(self._taken.pop(ended))
        share = self._free.pop()
        with log.open("ab") as output:
            process = subprocess.Popen(
                bound(stage.command),
                cwd=self._root,
                env={**os.environ, **share.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._taken[process] = share
        # Before it starts threads, which inherit the affinity.
        os.sched_setaffinity(process.pid, share.cores)
        return process


@dataclass
class _Running:
    cell: Cell
    stage: Stage
    process: Process
    started: float
    after: tuple[Stage, ...]
    """The cell's remaining stages."""


def run_cells(cells: Iterable[Cell], executor: Executor, say: Say) -> None:
    """Runs what remains of cells; a failed cell does not stop the others.

    Interrupts are forwarded to running stages, which save and end.

    Args:
      say: called with a message about everything that begins or ends.
    """
    waiting = [cell for cell in cells if cell.left()]
    running: list[_Running] = []
    try:
        while waiting or running:
            while len(running) < executor.jobs and (cell := next(filter(_is_ready, waiting), None)):
                waiting.remove(cell)
                if left := cell.left():  # otherwise another process has done it meanwhile
                    running.append(_start(cell, left, executor))
                    say(f"{running[-1].stage.name} {cell.name}")
            if waiting and not running:
                _give_up(waiting, say)
                return
            ended = [(job, code) for job in running if (code := job.process.poll()) is not None]
            for job, code in ended:
                running.remove(job)
                if after := _settle(job, code, say):
                    running.append(_start(job.cell, after, executor))
            time.sleep(0 if ended else executor.pause)
    finally:
        _end(running)


def _is_ready(cell: Cell) -> bool:
    return not any(need.left() for need in cell.needs)


def _give_up(waiting: list[Cell], say: Say) -> None:
    """Records why cells cannot run: their dependencies are not done, and nothing is running."""
    for cell in waiting:
        needed = ", ".join(need.name for need in cell.needs if need.left())
        cell.fail(cell.left()[0], f"it needs {needed}")
        say(f"failed {cell.name}: {cell.failure()}")


def _start(cell: Cell, stages: tuple[Stage, ...], executor: Executor) -> _Running:
    """Starts the first of several stages."""
    (stage, *after), log = stages, cell.folder / LOG
    cell.folder.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        output.write(f"{_COMMAND}{shlex.join(stage.command)}\n")
    process = executor.start(cell, stage, log)
    return _Running(cell, stage, process, time.monotonic(), tuple(after))


def _settle(job: _Running, code: int, say: Say) -> tuple[Stage, ...]:
    """Records how a stage ended; returns the cell's next stages, or none if they depend on it."""
    seconds = time.monotonic() - job.started
    if code != 0:
        reason = _reason(job.cell.folder / LOG, code)
        job.cell.fail(job.stage, reason)
        say(f"failed {job.cell.name}: {job.stage.name}: {reason}")
        return () if job.stage.makes_model else job.after
    job.cell.finish(job.stage, seconds)
    say(f"done {job.stage.name} {job.cell.name}, {seconds:,.0f} s")
    return job.after


def _reason(log: Path, code: int) -> str:
    """Returns the last line of a program's output, or how it ended if there is none."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    with contextlib.suppress(OSError):
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        if lines and not lines[-1].startswith(_COMMAND):
            return lines[-1].removeprefix("error: ")
    return f"exit status {code}"


def _end(running: list[_Running]) -> None:
    for job in running:
        job.process.terminate()
    for job in running:
        job.process.wait()
        job.cell.interrupt(job.stage, time.monotonic() - job.started)

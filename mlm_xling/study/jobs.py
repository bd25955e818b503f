"""Cells side by side: processes of their own, each on its share of the cores."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mlm_xling.bound_process import bound
from mlm_xling.study.cells import Cell, Stage

LOG = "log.txt"
_PAUSE = 0.1
"""Seconds between two looks at what runs."""
Say = Callable[[str], None]


@dataclass
class _Running:
    cell: Cell
    stage: Stage
    process: subprocess.Popen
    started: float
    cores: frozenset[int]


def run_cells(cells: Iterable[Cell], jobs: int, say: Say, root: Path) -> None:
    """Runs what is left of cells; one that fails stops no other.

    An interruption is handed on to what runs, which saves and ends. A kill ends it, too: another
    study, started at once, finds no run of this one in its way.

    Args:
      jobs: processes at a time.
      say: is told of everything that begins or ends.
      root: where the commands are run.
    """
    waiting = [cell for cell in cells if cell.left()]
    free = _shares(jobs)
    running: list[_Running] = []
    try:
        while waiting or running:
            while free and (cell := next(filter(_is_ready, waiting), None)):
                waiting.remove(cell)
                running.append(_start(cell, free.pop(0), root))
                say(f"{running[-1].stage.name} {running[-1].cell.name}")
            if not running:
                _give_up(waiting, say)
                return
            ended = [job for job in running if job.process.poll() is not None]
            for job in ended:
                running.remove(job)
                if _settle(job, say):
                    running.append(_start(job.cell, job.cores, root))
                else:
                    free.append(job.cores)
            time.sleep(0 if ended else _PAUSE)
    finally:
        _end(running)


def _is_ready(cell: Cell) -> bool:
    return not any(need.left() for need in cell.needs)


def _give_up(waiting: list[Cell], say: Say) -> None:
    """Notes why cells cannot run: what they need is not done, and nothing runs that could do it."""
    for cell in waiting:
        needed = ", ".join(need.name for need in cell.needs if need.left())
        cell.fail(f"{cell.left()[0].name}: it needs {needed}")
        say(f"failed {cell.name}: {cell.failure()}")


def _shares(jobs: int) -> list[frozenset[int]]:
    """Deals the cores that this process may use; with more jobs than cores all share all."""
    cores = sorted(os.sched_getaffinity(0))
    if jobs > len(cores):
        return [frozenset(cores)] * jobs
    return [frozenset(cores[i::jobs]) for i in range(jobs)]


def _start(cell: Cell, cores: frozenset[int], root: Path) -> _Running:
    stage = cell.left()[0]
    cell.folder.mkdir(parents=True, exist_ok=True)
    with (cell.folder / LOG).open("ab") as log:
        log.write(f"$ {shlex.join(stage.command)}\n".encode())
        log.flush()
        process = subprocess.Popen(
            bound(stage.command), cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    os.sched_setaffinity(process.pid, cores)  # Before it starts threads, which inherit it.
    return _Running(cell, stage, process, time.monotonic(), cores)


def _settle(job: _Running, say: Say) -> bool:
    """Notes how a stage ended; tells whether another one of the cell follows."""
    code, seconds = job.process.returncode, time.monotonic() - job.started
    if code != 0:
        reason = f"{job.stage.name}: {_reason(job.cell.folder / LOG, code)}"
        job.cell.fail(reason)
        say(f"failed {job.cell.name}: {reason}")
        return False
    job.cell.finish(job.stage, seconds)
    say(f"done {job.stage.name} {job.cell.name}, {seconds:,.0f} s")
    return bool(job.cell.left())


def _reason(log: Path, code: int) -> str:
    """The line that a program ends with."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("error: ")


def _end(running: list[_Running]) -> None:
    for job in running:
        job.process.terminate()
    for job in running:
        job.process.wait()

"""Progress of a study: its cells and commands, what is done, and the time left."""

import time
from collections.abc import Iterator, Sequence
from statistics import median

from mlm_xling.study.cell import Cell


class Progress:
    """Prints a line for everything that begins or ends, with what is done and the time left."""

    def __init__(self, cells: Sequence[Cell], jobs: int):
        self._cells, self._jobs = cells, jobs

    def __call__(self, line: str) -> None:
        """Prints `line` after the current time."""
        left = sum(bool(cell.left()) for cell in self._cells)
        told = f"{len(self._cells) - left} of {len(self._cells)} runs done"
        print(f"{time.strftime('%H:%M:%S')} {line}  ({told}{_time(self._cells, self._jobs)})")


def listing(cells: Sequence[Cell], jobs: int) -> Iterator[str]:
    """Yields one line per cell, and a summary."""
    for cell in cells:
        left = ", ".join(stage.name for stage in cell.left())
        seconds = cell.seconds()
        state = f"done in {seconds:,.0f} s" if seconds is not None else f"left: {left}"
        failed = f"; failed: {cell.failure()}" if cell.failure() else ""
        yield f"{cell.name:<40} {state}{failed}"
    yield summary(cells, jobs)


def summary(cells: Sequence[Cell], jobs: int) -> str:
    """Summarises what is left: runs, tokens to train on and, if stages have times, time."""
    left = [cell for cell in cells if cell.left()]
    tokens = sum(cell.tokens for cell in left if cell.left()[0].makes_model)
    told = f", {tokens:,} tokens to train on" if tokens else ""
    return f"{len(left)} of {len(cells)} runs are left{told}{_time(cells, jobs)}"


def _time(cells: Sequence[Cell], jobs: int) -> str:
    """Estimates the time left from each stage's median here or, until then, from the study's."""
    known: dict[str, list[float]] = {}
    for cell in cells:
        for name, seconds in cell.seconds_of_stages().items():
            known.setdefault(name, []).append(seconds)
    here = {name: median(seconds) / 60 for name, seconds in known.items()}
    left = [here.get(stage.name, stage.minutes) for cell in cells for stage in cell.left()]
    taken = [minutes for minutes in left if minutes is not None]
    if not taken:
        return ""
    unknown = len(left) - len(taken)
    beside = f"; stages of unknown length: {unknown}" if unknown else ""
    return f", {_shown(sum(taken) / jobs)} left{beside}"


def _shown(minutes: float) -> str:
    if minutes >= 120:
        return f"about {minutes / 60:,.0f} h"
    return f"about {minutes:,.0f} min" if minutes >= 1 else "less than a minute"

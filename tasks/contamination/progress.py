"""How far the reading of texts is, on the standard error."""

import time
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_EVERY = 30.0
"""Seconds between lines where there is no terminal."""


class ReadingProgress:
    """A bar on a terminal, otherwise a plain line now and then; use it as a context."""

    def __init__(self):
        """Shows nothing yet."""
        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task("", total=None)
        self._said = time.monotonic()
        self._file, self._began = Path(), self._said

    def __enter__(self) -> "ReadingProgress":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def __call__(self, file: Path, lines: int) -> None:
        """Reports that so many lines of a file are read."""
        now = time.monotonic()
        if file != self._file:
            self._file, self._began = file, now
        rate = lines / max(now - self._began, 1e-9)
        text = f"{file}  {lines:,} lines  {rate:,.0f} lines/s"
        if self._console.is_terminal:
            self._bar.update(self._task, description=text)
        elif now - self._said > _PLAIN_EVERY:
            self._said = now
            self._console.print(text)

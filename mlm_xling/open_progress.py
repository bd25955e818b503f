"""Progress of unknown length."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_EVERY = 30.0
"""Seconds between lines without a terminal."""


class OpenProgress:
    """Context manager with a bar on a terminal's standard error, else an occasional plain line."""

    def __init__(self, first: str = ""):
        """Creates the display without showing it; `first` is the initial text beside the bar."""
        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task(first, total=None)
        self._said = self._began = time.monotonic()

    def __enter__(self) -> "OpenProgress":
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

    def begin(self) -> None:
        """Restarts the clock of `done`."""
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Prints a permanent line."""
        self._console.print(text)

    def done(self, what: str, count: int, unit: str) -> None:
        """Shows how many units are done, and how many per second."""
        rate = count / max(time.monotonic() - self._began, 1e-9)
        self.show(f"{what}  {count:,} {unit}  {rate:,.0f} {unit}/s")

    def show(self, text: str) -> None:
        """Shows the current activity: beside the bar on a terminal, else as an occasional line."""
        now = time.monotonic()
        if self._console.is_terminal:
            self._bar.update(self._task, description=text)
        elif now - self._said > _PLAIN_EVERY:
            self._said = now
            self.say(text)

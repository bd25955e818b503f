"""How far work is whose end nobody knows, on the standard error."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_EVERY = 30.0
"""Seconds between lines where there is no terminal."""


class OpenProgress:
    """A bar on a terminal, otherwise a plain line now and then; use it as a context."""

    def __init__(self, first: str = ""):
        """Shows nothing yet; `first` stands beside the bar until there is something to tell."""
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
        """Starts the clock of `done` again."""
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Prints a line that stays."""
        self._console.print(text)

    def done(self, what: str, count: int, unit: str) -> None:
        """Reports that so many units of something are done, and how many a second."""
        rate = count / max(time.monotonic() - self._began, 1e-9)
        self.show(f"{what}  {count:,} {unit}  {rate:,.0f} {unit}/s")

    def show(self, text: str) -> None:
        """Shows what is being done: on a terminal beside the bar, else as a line now and then."""
        now = time.monotonic()
        if self._console.is_terminal:
            self._bar.update(self._task, description=text)
        elif now - self._said > _PLAIN_EVERY:
            self._said = now
            self.say(text)

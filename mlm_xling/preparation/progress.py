"""How far preparation is, on the standard error."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_EVERY = 30.0
"""Seconds between lines where there is no terminal."""


class PrepareProgress:
    """A bar on a terminal, otherwise a plain line now and then; use it as a context."""

    def __init__(self):
        """Shows nothing yet."""
        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task("vocabulary", total=None)
        self._said = self._began = time.monotonic()

    def __enter__(self) -> "PrepareProgress":
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
        """Starts the clock of tokens a second."""
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Prints a line that stays."""
        self._console.print(text)

    def tokens(self, language: str, tokens: int) -> None:
        """Reports that so many tokens of the language are written."""
        now = time.monotonic()
        rate = tokens / max(now - self._began, 1e-9)
        text = f"{language}  {tokens:,} tokens  {rate:,.0f} tokens/s"
        if self._console.is_terminal:
            self._bar.update(self._task, description=text)
        elif now - self._said > _PLAIN_EVERY:
            self._said = now
            self.say(text)

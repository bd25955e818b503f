"""Progress display while a step is compiled or traced, and its interruption."""

import contextlib
import signal
from collections.abc import Iterator

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mlm_xling.planning.slices import Slice


@contextlib.contextmanager
def waiting(wanted: Slice) -> Iterator[None]:
    """Shows the elapsed time on a terminal; otherwise prints one line at the start.

    SIGINT and SIGTERM end the process at once: a compiler does not return to Python for minutes,
    and no file is left half-written.
    """
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    what = f"compiling a step for {wanted}, which takes minutes the first time"
    if not wanted.chip.is_tpu:
        what = f"tracing a step for {wanted}"
    if not console.is_terminal:
        console.print(what, soft_wrap=True)
        with _ended_by_signals():
            yield
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress, _ended_by_signals():
        console.show_cursor()  # A process that is killed would not restore it.
        progress.add_task(what, total=None)
        yield


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)

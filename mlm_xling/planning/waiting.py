"""What is shown on the standard error while a step is compiled or traced."""

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mlm_xling.planning.slices import Slice


@contextlib.contextmanager
def waiting(wanted: Slice) -> Iterator[None]:
    """Shows on a terminal for how long it has been going on; elsewhere, one line at the start."""
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    what = f"compiling a step for {wanted}, which takes minutes the first time"
    if not wanted.chip.is_tpu:
        what = f"tracing a step for {wanted}"
    if not console.is_terminal:
        console.print(what, soft_wrap=True)
        yield
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(what, total=None)
        yield

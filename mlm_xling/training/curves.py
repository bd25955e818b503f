"""Curves of a run for TensorBoard."""

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import SupportsFloat

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]
from tensorboardX.summary import scalar


class Curves:
    """Curves in `tensorboard/` of a workdir, which end at the first error; the run goes on.

    `tensorboardX.SummaryWriter` writes in a thread of its own that ends at an error; adding to it
    then blocks forever.
    """

    def __init__(self, workdir: Path, warn: Callable[[str], None]):
        """Creates a file of events; `warn` is told why curves end."""
        folder = workdir / "tensorboard"
        folder.mkdir(parents=True, exist_ok=True)
        self._writer: EventsWriter | None = EventsWriter(str(folder / "events"))
        self._warn = warn

    def add(self, step: int, values: Mapping[str, SupportsFloat]) -> None:
        """Adds a point to each curve, and flushes."""
        if self._writer is None:
            return
        try:
            for name, value in values.items():
                summary = scalar(name, float(value))
                self._writer.write_event(Event(step=step, wall_time=time.time(), summary=summary))
            self._writer.flush()
        except OSError as error:
            self._writer = None
            self._warn(f"no curves in TensorBoard from step {step:,} on: {error.strerror or error}")

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()

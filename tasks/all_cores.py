"""Pure functions of batches on all cores: in other processes, since Python's lock allows one a
process.

Nothing here loads TensorFlow, so neither do the processes.
"""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from threading import Lock, Thread
from typing import Any

_ALONE = 50
"""Batches that are worth no other process: it takes a second to start."""
_MAX_PROCESSES = 16
"""Processes; what reads text, which is one, feeds no more."""

Function = Callable[[Any], Any]


class OnAllCores:
    """A pure function that many threads may call at once; each call then has a core to itself."""

    def __init__(self, function: Function, alone: int = _ALONE):
        """Takes a function that can be pickled.

        Args:
          alone: calls that are answered in this process, before others are started.
        """
        self._function, self._alone = function, alone
        self._calls, self._starting = itertools.count(), Lock()
        self._pool: ProcessPoolExecutor | None = None
        self.at_once = min(len(os.sched_getaffinity(0)), _MAX_PROCESSES)
        """Calls that are worth making at the same time."""

    def __call__(self, batch: Any) -> Any:
        """Gives what the function gives."""
        if self.at_once == 1 or next(self._calls) < self._alone:
            return self._function(batch)
        with self._starting:
            self._pool = self._pool or self._start()
            answer = self._pool.submit(_apply, batch)
        return answer.result()

    def close(self) -> None:
        """Ends the processes, as the end of this process does; another call starts them again."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _start(self) -> ProcessPoolExecutor:
        # What tracks semaphores outlives a process that is interrupted, and would warn of them.
        os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker")
        # TensorFlow's threads would not survive a fork of this process.
        context = multiprocessing.get_context("forkserver")
        return ProcessPoolExecutor(self.at_once, context, _begin, (self._function,))


_function: Function


def _begin(function: Function) -> None:
    global _function
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks is told, and ends this one
    Thread(target=_end_with_parent, daemon=True).start()
    _function = function


def _end_with_parent() -> None:
    # Not by the kernel, as in `mlm_xling.bound_process`: the parent that it knows is the server.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _apply(batch: Any) -> Any:
    return _function(batch)

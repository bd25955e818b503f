"""Waiting for what others do, never without an end: a test that waits for ever names nothing."""

import time
from collections.abc import Callable
from typing import Protocol

import pytest


class Process(Protocol):
    """What can be asked whether it has ended."""

    def poll(self) -> int | None:
        """Tells the status, if it has."""


def wait_until(
    condition: Callable[[], object], what: str, by: Process | None = None, seconds: float = 120.0
) -> None:
    """Waits until a condition holds, and fails by the name of `what` if it does not in time.

    Args:
      by: what makes the condition true; the wait is over when it has ended, too.
    """
    last = time.monotonic() + seconds
    while not condition() and (by is None or by.poll() is None):
        if time.monotonic() > last:
            pytest.fail(f"still waiting after {seconds:g} s: {what}")
        time.sleep(0.001)

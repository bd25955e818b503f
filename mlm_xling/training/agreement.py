"""What hosts see apart, and decide together: one that went its own way would leave others waiting.

With a single host all of this gives back what it is given.
"""

from collections.abc import Sequence

import jax
import numpy as np
import orbax.checkpoint as ocp
from jax.experimental import multihost_utils

_LONGEST_WORK = 3600 * 1000
"""Milliseconds that hosts wait for the slowest."""
_LONGEST_LINE = 2048
"""Bytes of the longest line that hosts tell each other."""
_MOST_NUMBERS = 16
"""More than checkpoints that there ever are."""


def as_the_first_host_sees(numbers: Sequence[int]) -> list[int]:
    """Gives to every host what the first has: numbers, not below 0."""
    if jax.process_count() == 1:
        return list(numbers)
    filled = np.full(_MOST_NUMBERS, -1, np.int32)
    filled[: len(numbers)] = numbers[:_MOST_NUMBERS]
    return [int(number) for number in multihost_utils.broadcast_one_to_all(filled) if number >= 0]


def first_said(text: str, subject: str) -> str:
    """Gives to every host what the first of them says that says anything.

    Args:
      subject: what it is about, said once in a run.
    """
    if jax.process_count() == 1:
        return text
    wait_for_all(subject)
    return next(filter(None, said_by_all(text)), "")


def said_by_all(text: str) -> list[str]:
    """Gives to every host what each says, by their numbers."""
    line = np.zeros(_LONGEST_LINE, np.uint8)
    said = np.frombuffer(text.encode()[:_LONGEST_LINE], np.uint8)
    line[: len(said)] = said
    lines = multihost_utils.process_allgather(line).reshape(-1, _LONGEST_LINE)
    return [bytes(row).rstrip(b"\0").decode(errors="replace") for row in lines]


def wait_for_all(subject: str) -> None:
    """Waits for as long as work takes; a collective on CPUs gives up after half a minute."""
    ocp.multihost.get_barrier_sync_fn()(key=subject, timeout_ms=_LONGEST_WORK)

"""Agreement among hosts: if one decided on its own, the others would wait for it forever.

With a single host there is nothing to wait for, and every function says what it was told.
"""

from collections.abc import Mapping, Sequence

import jax
import numpy as np
import orbax.checkpoint as ocp
from jax.experimental import multihost_utils

from mlm_xling.data.cache import digest
from mlm_xling.errors import InputError

_MAX_WORK = 3600 * 1000
"""Milliseconds to wait for the slowest host."""
_MAX_LINE = 2048
"""Maximum length in bytes of a message between hosts."""
_DIGITS = 8
"""Hex digits that stand for a setting: more than 200 of them fit in a message."""
_MAX_NUMBERS = 16
"""Upper bound on the number of checkpoints in a folder."""


def as_the_first_host_sees(numbers: Sequence[int]) -> list[int]:
    """Broadcasts the first host's numbers, which must not be negative."""
    if jax.process_count() == 1:
        return list(numbers)
    filled = np.full(_MAX_NUMBERS, -1, np.int32)
    filled[: len(numbers)] = numbers[:_MAX_NUMBERS]
    return [int(number) for number in multihost_utils.broadcast_one_to_all(filled) if number >= 0]


def first_said(text: str, subject: str) -> str:
    """Broadcasts the first non-empty message, in host order.

    Args:
      subject: what the message is about; must be unique within a run.
    """
    if jax.process_count() == 1:
        return text
    wait_for_all(subject)
    return next(filter(None, said_by_all(text)), "")


def said_by_all(text: str) -> list[str]:
    """Gathers the messages of all hosts, in host order."""
    line = np.zeros(_MAX_LINE, np.uint8)
    said = np.frombuffer(text.encode()[:_MAX_LINE], np.uint8)
    line[: len(said)] = said
    lines = multihost_utils.process_allgather(line).reshape(-1, _MAX_LINE)
    return [bytes(row).rstrip(b"\0").decode(errors="replace") for row in lines]


def require_same(settings: Mapping[str, object]) -> None:
    """Refuses hosts that would compute different things.

    Args:
      settings: what must be the same on all hosts, by the name that an error gives it.

    Raises:
      InputError: on all hosts alike, if any host differs from the first.
    """
    if jax.process_count() == 1:
        return
    wait_for_all(f"{next(iter(settings))} is compared")
    told = said_by_all(" ".join(digest(value)[:_DIGITS] for value in settings.values()))
    first, *others = (line.split() for line in told)
    for number, other in enumerate(others, 1):
        if len(first) != len(other):
            raise InputError(f"hosts 0 and {number} run different versions of mlm_xling")
        for name, *values in zip(settings, first, other, strict=True):
            if len(set(values)) > 1:
                raise InputError(
                    f"{name}: differs between host 0 and host {number}; start every host with the "
                    "same command, text and cache"
                )


def wait_for_all(subject: str) -> None:
    """Waits at a barrier, however long the work takes; collectives on CPUs time out after 30 s."""
    ocp.multihost.get_barrier_sync_fn()(key=subject, timeout_ms=_MAX_WORK)

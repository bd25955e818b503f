"""Division of a machine's cores and GPUs among processes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CARDS = "CUDA_VISIBLE_DEVICES"
_PREALLOCATE = "XLA_PYTHON_CLIENT_PREALLOCATE"


@dataclass(frozen=True)
class Share:
    """What one process may use."""

    cores: frozenset[int]
    environment: Mapping[str, str]
    """Variables that restrict it to its GPUs and their memory."""


def shares(jobs: int) -> list[Share]:
    """Divides what this process may use among parallel jobs.

    With more jobs than cores, all use all cores. With more jobs than GPUs, several share a GPU and
    allocate memory on demand: by default JAX preallocates three quarters, which would leave too
    little for the second.
    """
    cores, cards = sorted(os.sched_getaffinity(0)), _cards()
    return [
        Share(
            frozenset(cores if jobs > len(cores) else cores[i::jobs]),
            _environment(i, jobs, cards),
        )
        for i in range(jobs)
    ]


def _environment(number: int, jobs: int, cards: list[str]) -> dict[str, str]:
    if jobs == 1:
        return {}
    own = {_CARDS: ",".join(cards[number % len(cards) :: jobs])} if cards else {}
    if jobs > len(cards):
        own[_PREALLOCATE] = os.environ.get(_PREALLOCATE, "false")
    return own


def _cards() -> list[str]:
    """Lists the NVIDIA GPUs that this process may use, by CUDA's names."""
    told = os.environ.get(_CARDS)
    if told is not None:
        return [name.strip() for name in told.split(",") if name.strip()]
    return [str(i) for i, _ in enumerate(Path("/dev").glob("nvidia[0-9]*"))]

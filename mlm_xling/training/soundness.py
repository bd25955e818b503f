"""Which checkpoints are as they were saved; all hosts look, and come to the same answer."""

import shutil
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp
from jax.experimental import multihost_utils

from mlm_xling.checkpoint_folder import damage_of, saved_steps

_LONGEST_READING = 3600 * 1000
"""Milliseconds that hosts wait for the slowest."""
_LONGEST_LINE = 2048
"""Bytes."""
_MOST_STEPS = 16
"""More than there ever are."""


class Newest(NamedTuple):
    """What a folder of checkpoints has to go on from."""

    step: int | None
    """The step of the newest that is whole."""
    damaged: dict[int, str]
    """Newer ones: by step, which file is not as it was saved."""


def newest_whole(folder: Path) -> Newest:
    """Verifies the checkpoints of a folder from the newest on, until one is whole.

    Each host reads its share of the files.
    """
    damaged: dict[int, str] = {}
    for step in _as_the_first_host_sees(saved_steps(folder)):
        problem = damage_of(folder / str(step), jax.process_index(), jax.process_count())
        problem = _first_said(problem, f"{folder.name} {step}")
        if not problem:
            return Newest(step, damaged)
        damaged[step] = problem
    return Newest(None, damaged)


def set_aside(folder: Path, step: int) -> Path:
    """Moves a checkpoint to where nobody looks for one; returns where that is."""
    aside = folder.parent / "aside" / f"{folder.name}-{step}"
    if jax.process_index() == 0:
        aside.parent.mkdir(exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        (folder / str(step)).rename(aside)
    _wait_for_all(f"set aside {folder.name} {step}")
    return aside


def _as_the_first_host_sees(steps: list[int]) -> list[int]:
    if jax.process_count() == 1:
        return steps
    filled = np.full(_MOST_STEPS, -1, np.int32)
    filled[: len(steps)] = steps[:_MOST_STEPS]
    return [int(step) for step in multihost_utils.broadcast_one_to_all(filled) if step >= 0]


def _first_said(text: str, subject: str) -> str:
    """Gives to every host what the first of them says that says anything."""
    if jax.process_count() == 1:
        return text
    _wait_for_all(f"verified {subject}")
    line = np.zeros(_LONGEST_LINE, np.uint8)
    said = np.frombuffer(text.encode()[:_LONGEST_LINE], np.uint8)
    line[: len(said)] = said
    lines = (bytes(row).rstrip(b"\0") for row in multihost_utils.process_allgather(line))
    return next(filter(None, lines), b"").decode(errors="replace")


def _wait_for_all(subject: str) -> None:
    """Waits for as long as reading takes; a collective on CPUs gives up after half a minute."""
    ocp.multihost.get_barrier_sync_fn()(key=subject, timeout_ms=_LONGEST_READING)

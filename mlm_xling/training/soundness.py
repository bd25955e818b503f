"""Which checkpoints are as they were saved; all hosts look, and come to the same answer."""

import shutil
from pathlib import Path
from typing import NamedTuple

import jax

from mlm_xling.checkpoint_folder import damage_of, saved_steps
from mlm_xling.training.agreement import as_the_first_host_sees, first_said, wait_for_all


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
    for step in as_the_first_host_sees(saved_steps(folder)):
        problem = damage_of(folder / str(step), jax.process_index(), jax.process_count())
        problem = first_said(problem, f"verified {folder.name} {step}")
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
    wait_for_all(f"set aside {folder.name} {step}")
    return aside

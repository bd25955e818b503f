"""Verifies checkpoints; all hosts reach the same verdict."""

import shutil
from pathlib import Path
from typing import NamedTuple

import jax

from mlm_xling.checkpoint_folder import damage_of, saved_steps
from mlm_xling.training.agreement import as_the_first_host_sees, first_said, wait_for_all


class Newest(NamedTuple):
    """The newest undamaged checkpoint of a folder."""

    step: int | None
    """Its step; None if there is none."""
    damaged: dict[int, str]
    """Newer, damaged checkpoints: step -> description of the damaged file."""


def newest_whole(folder: Path) -> Newest:
    """Verifies the checkpoints of a folder, newest first, until one is undamaged.

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
    """Moves a checkpoint out of its folder; returns its new path."""
    aside = folder.parent / "aside" / f"{folder.name}-{step}"
    if jax.process_index() == 0:
        aside.parent.mkdir(exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        (folder / str(step)).rename(aside)
    wait_for_all(f"set aside {folder.name} {step}")
    return aside

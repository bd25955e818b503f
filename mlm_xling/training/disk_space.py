"""Disk space for checkpoints: Orbax reports a full disk only steps later, in hundreds of lines."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import jax
import orbax.checkpoint as ocp

from mlm_xling.errors import InputError
from mlm_xling.training.agreement import first_said


def require_room(
    folder: Path, needed: int, begun: Mapping[ocp.CheckpointManager, int], subject: str
) -> None:
    """Checks that a checkpoint fits on the disk, if need be after waiting for pending writes.

    Hosts that see different disks reach the same decision.

    Args:
      needed: bytes of the checkpoint.
      begun: bytes of each manager's last checkpoint, which may still be being written.
      subject: unique name of the checkpoint within the run.

    Raises:
      InputError: no space left on the disk.
    """
    writing = sum(size for each, size in begun.items() if each.is_saving_in_progress())
    if first_said(_shortage(folder, needed + writing), f"room for {subject} beside others"):
        for manager in begun:
            manager.wait_until_finished()  # Space for pending writes still counts as free.
        if problem := first_said(_shortage(folder, needed), f"room for {subject}"):
            raise InputError(problem)


def _shortage(folder: Path, needed: int) -> str:
    free = shutil.disk_usage(folder).free
    if free >= needed:
        return ""
    host = f"host {jax.process_index()}, " if jax.process_count() > 1 else ""
    return (
        f"{host}{folder}: no space left for a checkpoint of {needed:,} bytes, {free:,} are free; "
        "the last complete checkpoint is kept"
    )

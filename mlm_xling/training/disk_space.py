"""Room on the disk for a checkpoint: Orbax tells of a full one after the next steps, in hundreds
of lines."""

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
    """Makes sure that a checkpoint fits beside those that are being written, or else after them.

    Hosts that see different disks come to the same answer.

    Args:
      needed: bytes of the checkpoint.
      begun: bytes of the last one of each manager, which may still be being written.
      subject: names the checkpoint among all of a run.

    Raises:
      InputError: no space left.
    """
    writing = sum(size for each, size in begun.items() if each.is_saving_in_progress())
    if first_said(_shortage(folder, needed + writing), f"room for {subject} beside others"):
        for manager in begun:
            manager.wait_until_finished()  # What is still being written is not free.
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

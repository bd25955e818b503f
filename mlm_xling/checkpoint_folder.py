"""A folder of checkpoints, each in a subfolder named by its step, with digests of its files.

Orbax writes a checkpoint to a temporary folder; once it is complete, digests are added, and it is
renamed. So a visible checkpoint is complete, and later damage can be detected.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import orbax.checkpoint as ocp

from mlm_xling.digests import as_records, first_damage, folder_records, seal, unseal

DIGESTS = "digests.json"
_ASIDE = ocp.path.atomicity_types.TMP_DIR_SUFFIX


def open_folder(
    folder: Path,
    items: Sequence[str],
    keep: int,
    before: Callable[[], None] | None = None,
) -> ocp.CheckpointManager:
    """Opens a folder of checkpoints that keeps the newest `keep`.

    Args:
      before: callback in the background, after a checkpoint is written and before it is visible.
    """
    hooked = {"before": staticmethod(before)} if before else {}
    return ocp.CheckpointManager(
        folder.absolute(),
        item_names=items,
        options=ocp.CheckpointManagerOptions(
            max_to_keep=keep,
            temporary_path_class=type("_Written", (_Digested,), hooked),
            # Hosts that save into two folders at once must not confuse the saves.
            multiprocessing_options=ocp.options.MultiprocessingOptions(
                barrier_sync_key_prefix=folder.name
            ),
            lightweight_initialize=True,  # otherwise it would read before verification
        ),
    )


def saved_steps(folder: Path) -> list[int]:
    """Lists the saved steps, newest first."""
    if not folder.is_dir():
        return []
    return sorted(
        (int(path.name) for path in folder.iterdir() if path.name.isdigit()), reverse=True
    )


def state_of(folder: Path) -> dict[int, tuple[str, int]]:
    """Returns digest and number of files of each checkpoint, to detect replaced ones.

    A resumed run removes and replaces checkpoints, but does not modify any.
    """
    state = {}
    for step in saved_steps(folder):
        with contextlib.suppress(OSError):  # removed meanwhile
            files = sum(len(names) for _, _, names in os.walk(folder / str(step)))
            state[step] = (folder / str(step) / DIGESTS).read_text(errors="replace"), files
    return state


def damage_of(checkpoint: Path, part: int = 0, parts: int = 1) -> str:
    """Describes the first damaged file of a checkpoint; empty if all are undamaged.

    Args:
      part: checks only every `parts`-th file from this one on, so that hosts can share the work.
    """
    try:
        files = as_records(unseal((checkpoint / DIGESTS).read_text())["files"])
    except FileNotFoundError:
        return (
            f"{checkpoint / DIGESTS}: missing (deleted, or another version of mlm_xling saved this)"
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{checkpoint / DIGESTS}: altered"
    by_size = sorted(files, key=lambda name: (-files[name].bytes, name))
    found = first_damage(checkpoint, {name: files[name] for name in by_size[part::parts]})
    return f"{checkpoint / found[0]}: {found[1]}" if found else ""


class _Digested(ocp.path.atomicity.AtomicRenameTemporaryPath):
    """Orbax's temporary path, which the first host finalizes into a checkpoint."""

    before: Callable[[], None] = staticmethod(lambda: None)

    async def finalize(self) -> None:
        final = self.get_final()
        if _ASIDE in final.parent.name:  # an item of a checkpoint
            await super().finalize()
            return
        self.before()
        # Orbax has no public hook between completing and renaming. If this private one is gone, a
        # checkpoint is briefly visible without its digests, and counts as damaged.
        can_stop = hasattr(self, "_final_path")
        complete = type(final)(f"{self.get()}-complete") if can_stop else final
        if can_stop:
            shutil.rmtree(complete, ignore_errors=True)
            self._final_path = complete
        await super().finalize()
        files = {name: asdict(each) for name, each in folder_records(Path(complete)).items()}
        (complete / DIGESTS).write_text(seal({"files": files}))
        if can_stop:
            self._final_path = final
            os.rename(complete, final)

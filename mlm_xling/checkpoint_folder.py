"""A folder of checkpoints, each a folder named by its step, and the digests of its files.

Orbax writes a checkpoint aside; once it is complete, digests are added, and then it is renamed. So
a checkpoint that can be seen is complete, and that it still is what was saved can be told.
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
    """Opens a folder of checkpoints, of which the newest `keep` stay.

    Args:
      before: is called, in the background, when one is written and before it can be seen.
    """
    hooked = {"before": staticmethod(before)} if before else {}
    return ocp.CheckpointManager(
        folder.absolute(),
        item_names=items,
        options=ocp.CheckpointManagerOptions(
            max_to_keep=keep,
            temporary_path_class=type("_Written", (_Digested,), hooked),
            # Hosts that save into two folders at once must not take one save for the other.
            multiprocessing_options=ocp.options.MultiprocessingOptions(
                barrier_sync_key_prefix=folder.name
            ),
            lightweight_initialize=True,  # or else it reads before anything is verified
        ),
    )


def saved_steps(folder: Path) -> list[int]:
    """Lists the steps that were saved, the newest first."""
    if not folder.is_dir():
        return []
    return sorted(
        (int(path.name) for path in folder.iterdir() if path.name.isdigit()), reverse=True
    )


def state_of(folder: Path) -> dict[int, tuple[str, int]]:
    """Digests and number of files of each checkpoint, by which one is known to be still the same.

    A run that goes on removes and replaces checkpoints, and changes none.
    """
    state = {}
    for step in saved_steps(folder):
        with contextlib.suppress(OSError):  # removed meanwhile
            files = sum(len(names) for _, _, names in os.walk(folder / str(step)))
            state[step] = (folder / str(step) / DIGESTS).read_text(errors="replace"), files
    return state


def damage_of(checkpoint: Path, part: int = 0, parts: int = 1) -> str:
    """Says which file of a checkpoint is not as it was saved; nothing if all are.

    Args:
      part: looks at every `parts`-th file only, from this one on, so that hosts can share them.
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
    """Where Orbax writes, and how that becomes a checkpoint: the first host calls `finalize`."""

    before: Callable[[], None] = staticmethod(lambda: None)

    async def finalize(self) -> None:
        final = self.get_final()
        if _ASIDE in final.parent.name:  # an item of a checkpoint
            await super().finalize()
            return
        self.before()
        # Orbax has no public place between completing and renaming. Where it has lost this private
        # one, a checkpoint can be seen for a moment without its digests, and counts as damaged.
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

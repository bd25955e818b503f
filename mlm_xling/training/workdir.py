"""A workdir belongs to one run at a time."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax

from mlm_xling.directories import remove_remnants, remove_tree
from mlm_xling.errors import InputError
from mlm_xling.locks import lock_file

_LOCK = ".lock"
_UNFINISHED_SAVES = "checkpoints/*/*.orbax-checkpoint-tmp*"


@contextlib.contextmanager
def claimed(workdir: Path) -> Iterator[None]:
    """Keeps other runs out of a workdir, and removes what killed ones left there unfinished.

    Of several hosts the first locks for all.

    Raises:
      InputError: another run has it, or it cannot be written.
    """

    def refuse(holder: str) -> None:
        raise InputError(
            f"--workdir={workdir}: another run trains there ({holder}); wait for it, or use "
            "another --workdir"
        )

    with contextlib.ExitStack() as held:
        if jax.process_index() == 0:
            made = [folder for folder in (workdir, *workdir.parents) if not folder.exists()]
            held.callback(_remove_if_nothing_came, made)
            try:
                held.enter_context(lock_file(workdir / _LOCK, refuse))
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise InputError(f"--workdir={workdir}: {reason}") from error
            for unfinished in workdir.glob(_UNFINISHED_SAVES):
                remove_tree(unfinished)
            remove_remnants(workdir)
            remove_remnants(workdir / "report")
        yield


def _remove_if_nothing_came(made: Sequence[Path]) -> None:
    """Leaves no folder of a run that was refused, nor those that were made to hold it."""
    for folder in made:
        if {path.name for path in folder.glob("*")} <= {_LOCK}:
            (folder / _LOCK).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # Something came after all, and stays.
                folder.rmdir()

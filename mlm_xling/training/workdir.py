"""Exclusive ownership of a workdir by one run at a time."""

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
    """Locks a workdir against other runs, and removes unfinished saves of killed ones.

    With several hosts, the first locks for all.

    Raises:
      InputError: another run holds it, or it cannot be written.
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
    """Removes the empty folders of a refused run, including parents created for it."""
    for folder in made:
        if {path.name for path in folder.glob("*")} <= {_LOCK}:
            (folder / _LOCK).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # A file appeared after all; keep the folder.
                folder.rmdir()

"""File locks, which the kernel releases when the process ends in any way."""

import contextlib
import errno
import fcntl
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

_NO_LOCKS = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK}
"""Some network file systems have no locks; there, nobody is excluded."""


@contextlib.contextmanager
def locked(file: IO[Any]) -> Iterator[None]:
    """Holds the lock of an open file, after waiting for it."""
    _lock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        _lock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def lock_file(path: Path, taken: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock of a file, creating it if necessary; the holder is recorded in it.

    Args:
      taken: called with the holder if the lock is held; if it returns, the lock is waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        if _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB) is False:
            file.seek(0)
            taken(file.read().strip() or "another process")
            _lock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield


def wait_for_writer(target: Path) -> Callable[[str], None]:
    """Returns a `taken` callback that reports waiting for the process that writes `target`."""
    return lambda _: print(f"waiting for the process that writes {target.name}", file=sys.stderr)


@contextlib.contextmanager
def lock_if_free(path: Path) -> Iterator[bool]:
    """Yields whether the lock of `path` was free; it is then held.

    Without locks it yields False, as another process may be at work.
    """
    with path.open("a") as file:
        yield bool(_lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB))


def _lock(file: IO[Any], operation: int) -> bool | None:
    """Returns whether the lock is held now; None if the file system has no locks."""
    try:
        fcntl.flock(file, operation)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return None
    return True

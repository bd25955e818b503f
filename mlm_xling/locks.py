"""Locks on open files: the kernel releases them with their process, however it ends."""

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
"""Some network file systems have none; there, nobody is kept out."""


@contextlib.contextmanager
def locked(file: IO[Any]) -> Iterator[None]:
    """Holds the lock of an open file; waits for it."""
    _lock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        _lock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def lock_file(path: Path, taken: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock of a file that is made for it, and stays; its holder is written in it.

    Args:
      taken: is told who holds the lock, if somebody does; if it returns, the lock is waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        if not _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            file.seek(0)
            taken(file.read().strip() or "another process")
            _lock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield


def wait_for_writer(target: Path) -> Callable[[str], None]:
    """Says that the process is waited for that writes `target`, when `lock_file` asks for that."""
    return lambda _: print(f"waiting for the process that writes {target.name}", file=sys.stderr)


@contextlib.contextmanager
def lock_if_free(path: Path) -> Iterator[bool]:
    """Tells whether nobody held the lock of `path`, which is held from then on."""
    with path.open("a") as file:
        yield _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock(file: IO[Any], operation: int) -> bool:
    try:
        fcntl.flock(file, operation)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True

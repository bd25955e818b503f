"""Directories and files that appear whole or not at all, whoever is killed and whenever."""

import contextlib
import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from mlm_xling.errors import InputError

_USERS_MATTER = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}


@contextlib.contextmanager
def whole_directory(target: Path) -> Iterator[Path | None]:
    """Yields an empty directory that becomes `target` when the block ends; None if `target` is.

    A lock file beside `target` lets one process at a time fill it; the others wait and then
    find it finished. The lock goes with its process, so what a killed one left behind is known
    to be nobody's and is removed.

    Raises:
      InputError: no space left, or no permission to write there. Nothing remains.
    """
    partial = target.with_name(target.name + ".partial")
    with naming_the_place(target), _locked(target.with_name(target.name + ".lock")):
        if target.exists():
            yield None
            return
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
            yield partial
            _flush(partial)
            partial.rename(target)
            _fsync(target.parent)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Writes aside, then renames: a reader never meets half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextlib.contextmanager
def naming_the_place(place: Path) -> Iterator[None]:
    """Turns the operating system's "no space left" and "permission denied" into `InputError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _USERS_MATTER:
            raise
        reason = os.strerror(error.errno).lower()
    except Exception as error:  # ArrayRecord and TensorFlow have their own classes for the same
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        reason = os.strerror(errno.ENOSPC).lower()
    else:
        return
    raise InputError(f"{place}: {reason}; nothing was kept, choose another config.data.cache_dir")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for the process that writes {path.stem}", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _flush(directory: Path) -> None:
    for folder, _, names in os.walk(directory):
        for name in names:
            _fsync(Path(folder, name))
        _fsync(Path(folder))


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

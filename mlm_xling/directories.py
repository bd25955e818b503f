"""Atomic creation of directories and files: they appear whole or not at all."""

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from mlm_xling.errors import InputError
from mlm_xling.locks import lock_file, lock_if_free, locked, wait_for_writer

_PARTIAL, _LOCK = ".partial", ".lock"
_USERS_MATTER = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}


@contextlib.contextmanager
def whole_directory(
    target: Path, is_whole: Callable[[Path], bool] = Path.exists
) -> Iterator[Path | None]:
    """Yields an empty directory that becomes `target` at the end; None if `target` is whole.

    A lock file beside `target` lets one process at a time fill it; the others wait and then find it
    finished. The lock is released with its process, so leftovers of a killed one can safely be
    removed.

    Args:
      is_whole: returns whether `target` is complete; otherwise it is replaced.

    Raises:
      InputError: no space left, or no permission to write. Nothing is left behind.
    """
    partial = target.with_name(target.name + _PARTIAL)
    lock = lock_file(target.with_name(target.name + _LOCK), wait_for_writer(target))
    with naming_the_place(target), lock:
        if is_whole(target):
            yield None
            return
        if target.exists():
            print(f"{target}: not whole any more; it is made again", file=sys.stderr)
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
            yield partial
            _flush(partial)
            remove_tree(target)
            partial.rename(target)
            _fsync(target.parent)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yields an empty folder for all temporary files of the block, deleted at its end.

    Leftovers of killed processes are removed by the next one that needs a folder.
    """
    kept, place = tempfile.tempdir, Path(tempfile.gettempdir(), f"mlm_xling-{os.getuid()}")
    place.mkdir(mode=0o700, exist_ok=True)
    remove_remnants(place)
    own = place / f"{os.getpid()}{_PARTIAL}"
    lock = own.with_suffix(_LOCK)
    with lock_file(lock, wait_for_writer(own)):
        try:
            own.mkdir()
            tempfile.tempdir = str(own)
            yield own
        finally:
            tempfile.tempdir = kept
            shutil.rmtree(own, ignore_errors=True)
            lock.unlink()


def remove_remnants(folder: Path) -> None:
    """Removes unfinished output of killed processes in a folder, except files in use."""
    for partial in folder.glob(f"*{_PARTIAL}"):
        is_file = partial.is_file()
        lock = partial if is_file else partial.with_suffix(_LOCK)
        # If this process lacks permission, another one will clean up.
        with contextlib.suppress(OSError), lock_if_free(lock) as free:
            if free:
                remove_tree(partial)


def remove_tree(path: Path) -> None:
    """Removes a directory or a file, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a temporary file, then renames it, so that readers never see a partial file.

    The temporary file has a fixed name, so that leftovers of killed processes are overwritten; its
    lock excludes other writers.
    """
    aside = path.with_name(f".{path.name}{_PARTIAL}")
    with _own(aside) as file:
        try:
            file.truncate(0)
            file.write(content)
            file.flush()
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def naming_the_place(place: Path) -> Iterator[None]:
    """Converts the system's "no space left" and "permission denied" errors to `InputError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _USERS_MATTER:
            raise
        reason = os.strerror(error.errno).lower()
    except Exception as error:  # ArrayRecord and TensorFlow have their own classes for them
        if os.strerror(errno.ENOSPC) not in str(error):
            raise
        reason = os.strerror(errno.ENOSPC).lower()
    else:
        return
    raise InputError(
        f"{place}: {reason}; nothing was kept, choose another place "
        "(of prepared text: config.data.cache_dir)"
    )


@contextlib.contextmanager
def _own(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file exclusively; retries if it was renamed while waiting for the lock."""
    while True:
        with path.open("ab") as file, locked(file):
            if _is_at(file, path):
                yield file
                return


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


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

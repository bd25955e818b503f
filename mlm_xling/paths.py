"""User-supplied paths, and checks whether they can be written."""

import contextlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile

from mlm_xling.errors import InputError

CHECKPOINTS = "checkpoints"
"""Folder in a run's workdir, created by `run_pretrain.py`."""
RECORD = "cell.json"
"""File in a folder of a study, of a run or a comparison, that says what is done there."""


def user_path(text: str | Path, field: str) -> Path:
    """Parses a path from user input; `~` is the home folder.

    Args:
      field: where it was given, for messages.

    Raises:
      InputError: it is empty, begins like a flag, is in an unknown user's home folder, or has
        characters that `require_characters` rejects, in itself or in its target.
    """
    if not str(text).strip():
        raise InputError(f"{field}=: is empty; give a path, `.` for this folder")
    require_characters(str(text), field)
    if str(text).startswith("--"):
        raise InputError(f"{field}={text}: a flag, not a path; {field} was given no value")
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise InputError(
            f"{field}={text}: no user has this home folder; write the whole path"
        ) from None
    require_characters(str(path.absolute()), field)
    return path


def require_characters(text: str, field: str) -> None:
    """Rejects characters that libraries cannot handle in paths, which they encode in UTF-8.

    Raises:
      InputError: bytes of the command line that are not characters, or characters that the locale
        encodes differently or not at all.
    """
    with contextlib.suppress(UnicodeEncodeError):
        if os.fsencode(text) == text.encode():
            return
    shown = text.encode(errors="backslashreplace").decode()
    if sys.getfilesystemencoding() == "utf-8":
        raise InputError(f"{field}={shown}: not UTF-8; rename it")
    raise InputError(
        f"{field}={shown}: this locale cannot write all of its characters in UTF-8; set "
        "PYTHONUTF8=1, or choose another place"
    )


def require_folder(folder: Path, field: str) -> None:
    """Checks that files can be written in a folder, which may not exist yet.

    The check leaves nothing behind.

    Raises:
      InputError: there is something else, no permission, or no such place.
    """
    existing = folder.absolute()
    try:
        while not os.path.lexists(existing):
            _require_name(existing)
            existing = existing.parent
        if not existing.is_dir():
            raise InputError(f"{field}={folder}: {existing} is no folder; choose another")
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(
            f"{field}={folder}: nothing can be written there ({error.strerror}); choose another"
        ) from None


def require_kinds(folder: Path, files: tuple[str, ...] = (), folders: tuple[str, ...] = ()) -> None:
    """Checks that existing entries of a folder can be replaced by what is to be written.

    Args:
      files: names that must be files, if they exist.
      folders: names that must be folders, if they exist, in which files can be written.

    Raises:
      InputError: names an entry that is something else, or is not writable.
    """
    for name in files:
        path = folder / name
        if os.path.lexists(path) and not path.is_file():
            raise InputError(f"{path}: must be a file, and is none; move it away")
        if path.is_file() and not os.access(path, os.W_OK):
            raise InputError(f"{path}: may not be written")
    for name in folders:
        path = folder / name
        if os.path.lexists(path) and not path.is_dir():
            raise InputError(f"{path}: must be a folder, and is none; move it away")
        if path.is_dir():
            require_folder(path, str(folder))


def require_cache(cache_dir: str) -> None:
    """Checks that everything that goes to `config.data.cache_dir` can be written there.

    Raises:
      InputError: as `require_folder` and `require_kinds`.
    """
    cache = Path(cache_dir).expanduser()
    require_folder(cache, "config.data.cache_dir")
    require_kinds(cache, folders=("compiled", "lab", "plans", "streams", "texts", "vocabularies"))


def _require_name(path: Path) -> None:
    """Rejects names that are longer than any file system allows."""
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise InputError(f"{path}: the name is longer than {_LONGEST_NAME} bytes")


_LONGEST_NAME = 255

"""Paths as users write them, and whether something can be written there."""

import contextlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile

from mlm_xling.errors import InputError

CHECKPOINTS = "checkpoints"
"""Folder of a run's workdir, as `run_pretrain.py` makes it."""


def user_path(text: str | Path, field: str) -> Path:
    """Reads a path that a user wrote; `~` is the home folder.

    Args:
      field: where it was written, for messages.

    Raises:
      InputError: it is empty, begins like a flag, is in the home folder of nobody, or has
        other characters than `require_characters` takes, itself or where it leads.
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
    """Refuses what many libraries cannot take in a path, as they write all paths in UTF-8.

    Raises:
      InputError: bytes of the command line that are no characters, or characters that the locale
        writes otherwise or not at all.
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
    """Makes sure that files can be written in a folder, which may be still to be made.

    Nothing remains of the trial.

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
    """Makes sure that what is to be written in a folder can take the place of what is there.

    Args:
      files: names of what is to be files, if there is anything yet.
      folders: names of what is to be folders; files can be written in those that exist.

    Raises:
      InputError: names the one that is something else, or may not be written.
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
    """Makes sure that everything that goes to `config.data.cache_dir` can be written there.

    Raises:
      InputError: as `require_folder` and `require_kinds`.
    """
    cache = Path(cache_dir).expanduser()
    require_folder(cache, "config.data.cache_dir")
    require_kinds(cache, folders=("compiled", "lab", "plans", "streams", "texts", "vocabularies"))


def _require_name(path: Path) -> None:
    """Refuses a name that is longer than any file system allows."""
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise InputError(f"{path}: the name is longer than {_LONGEST_NAME} bytes")


_LONGEST_NAME = 255

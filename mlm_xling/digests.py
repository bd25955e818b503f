"""Digests: by which a file that is not as it was written is known, before anything is read of it.

A description that lists the digests of other files is sealed: it holds a digest of itself.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SEAL = "seal"


@dataclass(frozen=True)
class FileRecord:
    """Size and checksum of a file, by which an altered one is known."""

    bytes: int
    blake2b: str


def file_record(path: Path) -> FileRecord:
    """Records size and checksum of a file, which is read in blocks."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, _blake2b)
        return FileRecord(os.fstat(file.fileno()).st_size, digest.hexdigest())


def folder_records(folder: Path) -> dict[str, FileRecord]:
    """Records every file below a folder, by its path relative to it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:  # hashlib works outside of Python's lock
        records = pool.map(file_record, paths)
        return {
            str(path.relative_to(folder)): each for path, each in zip(paths, records, strict=True)
        }


def first_damage(folder: Path, files: Mapping[str, FileRecord]) -> tuple[str, str] | None:
    """Finds a file that is not as it was recorded: its name and what is wrong with it."""
    with ThreadPoolExecutor() as pool:
        problems = pool.map(lambda name: _problem(folder / name, files[name]), files)
        return next(
            ((name, what) for name, what in zip(files, problems, strict=True) if what), None
        )


def seal(values: Mapping[str, Any]) -> str:
    """Writes values as readable JSON that tells whether a byte of it was changed since."""
    digest = _blake2b(json.dumps(values).encode()).hexdigest()
    return json.dumps({**values, _SEAL: digest}, indent=2) + "\n"


def unseal(text: str) -> dict[str, Any]:
    """Reads what `seal` wrote.

    Raises:
      ValueError: it is something else, or altered.
    """
    sealed = json.loads(text)
    if not isinstance(sealed, dict):
        raise ValueError("not an object")
    values = {name: value for name, value in sealed.items() if name != _SEAL}
    if seal(values) != text:
        raise ValueError("altered")
    return values


def as_records(values: Mapping[str, Mapping[str, Any]]) -> dict[str, FileRecord]:
    """Reads records by name back from JSON."""
    return {name: FileRecord(**record) for name, record in values.items()}


def _blake2b(data: bytes = b"") -> Any:
    return hashlib.blake2b(data, digest_size=16)


def _problem(path: Path, expected: FileRecord) -> str | None:
    try:
        if not path.is_file():
            return "missing"
        if (size := path.stat().st_size) != expected.bytes:
            return f"{size} bytes instead of {expected.bytes}"
        return None if file_record(path) == expected else "altered (its checksum differs)"
    except OSError as error:
        return f"cannot be read ({os.strerror(error.errno or 0).lower()})"

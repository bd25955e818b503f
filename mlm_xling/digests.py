"""Digests of files, to detect altered files before they are read.

A description that lists digests of other files is sealed: it contains a digest of itself.
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
    """Size and checksum of a file, to detect changes."""

    bytes: int
    blake2b: str


def file_record(path: Path) -> FileRecord:
    """Returns size and checksum of a file, read in blocks."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, _blake2b)
        return FileRecord(os.fstat(file.fileno()).st_size, digest.hexdigest())


def folder_records(folder: Path) -> dict[str, FileRecord]:
    """Returns records of all files below a folder, by relative path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:  # hashlib releases Python's lock
        records = pool.map(file_record, paths)
        return {
            str(path.relative_to(folder)): each for path, each in zip(paths, records, strict=True)
        }


def first_damage(folder: Path, files: Mapping[str, FileRecord]) -> tuple[str, str] | None:
    """Returns name and problem of the first file that differs from its record, if any."""
    with ThreadPoolExecutor() as pool:
        problems = pool.map(lambda name: _problem(folder / name, files[name]), files)
        return next(
            ((name, what) for name, what in zip(files, problems, strict=True) if what), None
        )


def seal(values: Mapping[str, Any]) -> str:
    """Serialises values as readable JSON with a digest that reveals any change."""
    digest = _blake2b(json.dumps(values).encode()).hexdigest()
    return json.dumps({**values, _SEAL: digest}, indent=2) + "\n"


def unseal(text: str) -> dict[str, Any]:
    """Parses the output of `seal`.

    Raises:
      ValueError: it is something else, or has been altered.
    """
    sealed = json.loads(text)
    if not isinstance(sealed, dict):
        raise ValueError("not an object")
    values = {name: value for name, value in sealed.items() if name != _SEAL}
    if seal(values) != text:
        raise ValueError("altered")
    return values


def as_records(values: Mapping[str, Mapping[str, Any]]) -> dict[str, FileRecord]:
    """Parses records by name from JSON."""
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

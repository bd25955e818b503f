"""A prepared labelled file: a directory that is readable without TensorFlow.

    manifest.json
    table.npz

A table has one row per sentence; a cell is a sequence of integers. Strings (labels) are stored as
indices into the list `names` of their column.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from mlm_xling.data.manifest import damaged, read_description, verify_files
from mlm_xling.digests import as_records, file_record, seal, unseal

_MANIFEST, _TABLE = "manifest.json", "table.npz"
_NAMES, _LENGTHS = "names/", "lengths/"

Cells = list[Int[np.ndarray, "_"]]


@dataclass(frozen=True)
class Table:
    """The sentences of one split and language, column by column."""

    columns: dict[str, Cells]
    names: dict[str, tuple[str, ...]]
    """For columns of strings, what the numbers stand for."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def strings(self, column: str) -> list[list[str]]:
        """Returns a column of strings, decoded."""
        names = self.names[column]
        return [[names[i] for i in cell] for cell in self.columns[column]]

    def digest(self) -> str:
        """Returns 32 hex digits that identify the content."""
        content = hashlib.blake2b(digest_size=16)
        for name, array in sorted(_arrays(self).items()):
            content.update(f"{name} {array.dtype} {array.size} ".encode())
            content.update(array.tobytes())
        return content.hexdigest()


def make_table(columns: Mapping[str, Sequence[Sequence]]) -> Table:
    """Builds a table from cells that are sequences of integers or of strings."""
    numbers, names = {}, {}
    for column, cells in columns.items():
        if any(isinstance(value, str) for cell in cells for value in cell):
            names[column] = tuple(sorted({value for cell in cells for value in cell}))
            codes = {name: i for i, name in enumerate(names[column])}
            cells = [[codes[value] for value in cell] for cell in cells]
        numbers[column] = [np.asarray(cell, np.int32) for cell in cells]
    return Table(numbers, names)


def write_table(directory: Path, table: Table) -> None:
    """Writes a table and the manifest into a directory that the caller has locked."""
    path = directory / _TABLE
    np.savez_compressed(path, **_arrays(table))  # pyright: ignore[reportArgumentType]
    (directory / _MANIFEST).write_text(seal({"files": {_TABLE: asdict(file_record(path))}}))


def is_labelled(directory: Path) -> bool:
    """Returns whether preparation of a directory is complete."""
    return (directory / _MANIFEST).is_file()


def read_table(directory: Path) -> Table:
    """Reads what `write_table` wrote, after verifying it.

    Raises:
      InputError: a file is missing, truncated or altered.
    """
    try:
        files = as_records(unseal(read_description(directory, _MANIFEST))["files"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(directory, _MANIFEST, "not a manifest, or an altered one") from None
    verify_files(directory, files)
    try:
        with np.load(directory / _TABLE) as archive:
            return _table(dict(archive))
    except (ValueError, zipfile.BadZipFile):
        raise damaged(directory, _TABLE, "not a table") from None


def _arrays(table: Table) -> dict[str, np.ndarray]:
    """Returns the cells of each column, concatenated, their lengths, and names as JSON."""
    arrays = {}
    for column, cells in table.columns.items():
        arrays[column] = np.concatenate(cells)
        arrays[_LENGTHS + column] = np.array([len(cell) for cell in cells], np.int32)
    for column, strings in table.names.items():
        # An array of strings would take the room of the longest for each.
        arrays[_NAMES + column] = np.frombuffer(json.dumps(strings).encode(), np.uint8)
    return arrays


def _table(arrays: Mapping[str, np.ndarray]) -> Table:
    columns, names = {}, {}
    for key, values in arrays.items():
        if key.startswith(_NAMES):
            names[key.removeprefix(_NAMES)] = tuple(json.loads(values.tobytes()))
        elif not key.startswith(_LENGTHS):
            ends = np.cumsum(arrays[_LENGTHS + key])
            columns[key] = np.split(values, ends[:-1])
    return Table(columns, names)

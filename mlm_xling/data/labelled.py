"""Prepared labelled data: a directory of tables, readable without TensorFlow.

    manifest.json
    train-<language>.npz   dev-<language>.npz   test-<language>.npz ...

A table has one row per sentence; a cell is a sequence of integers. Strings (labels) are stored as
indices into the list `names` of their column.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from mlm_xling.data.manifest import damaged, read_description, verify_files
from mlm_xling.digests import as_records, file_record, seal, unseal

_MANIFEST = "manifest.json"
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


def write_tables(directory: Path, tables: Mapping[str, Table]) -> None:
    """Writes named tables and the manifest into a directory that the caller has locked."""
    files = {}
    for name, table in tables.items():
        arrays = {}
        for column, cells in table.columns.items():
            arrays[column] = np.concatenate(cells)
            arrays[_LENGTHS + column] = np.array([len(cell) for cell in cells], np.int32)
        for column, strings in table.names.items():
            arrays[_NAMES + column] = np.array(strings)
        path = directory / f"{name}.npz"
        np.savez_compressed(path, **arrays)  # pyright: ignore[reportArgumentType]
        files[path.name] = asdict(file_record(path))
    (directory / _MANIFEST).write_text(seal({"files": files}))


def is_labelled(directory: Path) -> bool:
    """Returns whether preparation of a directory is complete."""
    return (directory / _MANIFEST).is_file()


def read_tables(directory: Path) -> dict[str, Table]:
    """Reads what `write_tables` wrote, after verifying it.

    Raises:
      InputError: a file is missing, truncated or altered.
    """
    try:
        files = as_records(unseal(read_description(directory, _MANIFEST))["files"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(directory, _MANIFEST, "not a manifest, or an altered one") from None
    verify_files(directory, files)
    return {Path(name).stem: _read(directory, name) for name in files}


def _read(directory: Path, name: str) -> Table:
    try:
        with np.load(directory / name) as archive:
            arrays = dict(archive)
    except (ValueError, zipfile.BadZipFile):
        raise damaged(directory, name, "not a table") from None
    columns, names = {}, {}
    for key, values in arrays.items():
        if key.startswith(_NAMES):
            names[key.removeprefix(_NAMES)] = tuple(map(str, values))
        elif not key.startswith(_LENGTHS):
            ends = np.cumsum(arrays[_LENGTHS + key])
            columns[key] = np.split(values, ends[:-1])
    return Table(columns, names)

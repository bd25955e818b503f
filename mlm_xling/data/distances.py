"""Tables of distances between languages, one TSV file each; rows and columns are languages."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError
from mlm_xling.languages import spelling, text_language

FIELD = "config.evaluation.distances"
Matrix = Float64[np.ndarray, "language language"]


def read_distances(path: Path, languages: Sequence[str]) -> tuple[tuple[str, ...], Matrix]:
    """Reads the distances between those of the languages that a table contains.

    The first line names languages, and so does the first cell of every other line. One of a pair's
    two cells may be empty; cells of other languages are ignored.

    Returns:
      The languages, in the order given, and their distances, zero on the diagonal. Of a language
      and those derived from it, which share a row, only the first is included.

    Raises:
      InputError: as `read_lines`; or a language is repeated, a cell is not a number of at least 0
        (with the line), or a pair's two cells differ or are both empty.
    """
    lines = [(number, line.split("\t")) for number, line in read_lines(path, FIELD) if line.strip()]
    if not lines:
        raise InputError(f"{path}: empty; the first line names the languages of the columns")
    columns = [name.strip() for name in lines[0][1][1:]]
    rows: dict[str, tuple[int, list[str]]] = {}
    for number, (name, *cells) in lines[1:]:
        if name.strip() in rows:
            raise InputError(f"{path}:{number}: {name.strip()!r} has a line already")
        rows[name.strip()] = number, cells
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise InputError(f"{path}:{lines[0][0]}: {twice!r} has two columns")
    known: dict[str, tuple[str, int]] = {}
    for language in languages:
        row = spelling(text_language(language), rows)
        column = spelling(text_language(language), columns)
        # Derived languages have no row of their own.
        if row and column and row not in {taken for taken, _ in known.values()}:
            known[language] = row, columns.index(column)
    for number, cells in rows.values():
        if len(cells) != len(columns):
            raise InputError(
                f"{path}:{number}: {len(cells)} distances, the first line names {len(columns)} "
                "languages"
            )
    matrix = np.zeros((len(known), len(known)))
    for i, (row, own) in enumerate(known.values()):
        for j, (other, column) in enumerate(known.values()):
            if i < j:
                matrix[i, j] = matrix[j, i] = _distance(
                    path, rows[row], column, rows[other], own, (row, other)
                )
    return tuple(known), matrix


def _distance(
    path: Path,
    row: tuple[int, list[str]],
    column: int,
    other_row: tuple[int, list[str]],
    other_column: int,
    names: tuple[str, str],
) -> float:
    found = {
        value
        for number, cell in ((row[0], row[1][column]), (other_row[0], other_row[1][other_column]))
        if (value := _number(cell.strip(), f"{path}:{number}")) is not None
    }
    pair = "-".join(names)
    if not found:
        raise InputError(f"{path}:{row[0]}: no distance of {pair}; leave one of them out")
    if max(found) - min(found) > 1e-3 * max(found):
        raise InputError(
            f"{path}:{row[0]}: {pair} has two distances, {min(found)} and {max(found)}"
        )
    return max(found)


def _number(cell: str, where: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = -1.0
    if not 0 <= value < math.inf:
        raise InputError(f"{where}: the distance {cell!r} is not a number of at least 0")
    return value

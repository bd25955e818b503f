"""Files of parallel sentences, and the rows of them that evaluation reserves for itself."""

from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import blake2b
from pathlib import Path

from mlm_xling.data.text import decoded, sentence_hash
from mlm_xling.errors import InputError

Columns = dict[str, list[str]]
"""Sentences by language; row i of every language says the same thing."""


def evaluation_rows(
    path: Path, languages: Sequence[str], pairs: int, fit_pairs: int
) -> tuple[Columns, Columns]:
    """The rows that evaluation measures on, and others on which it fits.

    Rows come in the order of a hash of the whole line. A row with an empty sentence, or one that
    another row shares, cannot be told right from wrong and is passed over. Both hold for all
    columns of the file, so the choice is the same whichever languages are asked for.

    Returns:
      `pairs` rows to measure on and `fit_pairs` further ones.

    Raises:
      InputError: the file is missing, damaged, lacks a language, or has too few such rows.
    """
    header, rows = read_parallel(path)
    missing = [language for language in languages if language not in header]
    if missing:
        raise InputError(f"{path}:1: no column {missing[0]!r}; there are {', '.join(header)}")
    rows = _in_hash_order(_unambiguous(rows))
    if len(rows) < pairs + fit_pairs:
        raise InputError(
            f"{path}: {len(rows)} rows are complete and unique, but config.evaluation.pairs + "
            f"fit_pairs ask for {pairs + fit_pairs}"
        )
    columns = {language: header.index(language) for language in languages}
    test, fit = rows[:pairs], rows[pairs : pairs + fit_pairs]
    return (
        {language: [row[column] for row in test] for language, column in columns.items()},
        {language: [row[column] for row in fit] for language, column in columns.items()},
    )


def reserved_hashes(
    path: Path, languages: Sequence[str], pairs: int, fit_pairs: int
) -> dict[str, frozenset[int]]:
    """Hashes (`sentence_hash`) of the sentences of `evaluation_rows`, by language.

    Raises:
      InputError: as `evaluation_rows`.
    """
    chosen = evaluation_rows(path, languages, pairs, fit_pairs)
    return {
        language: frozenset(sentence_hash(line) for part in chosen for line in part[language])
        for language in languages
    }


def read_parallel(path: Path) -> tuple[list[str], list[tuple[str, ...]]]:
    """Reads a TSV file: a header of language codes, then one sentence a column.

    Returns:
      The header and the rows, white space around sentences removed.

    Raises:
      InputError: no such file, not UTF-8, a language twice, or a row of another width.
    """
    try:
        with path.open("rb") as file:
            lines = [decoded(line, path, number) for number, line in enumerate(file, 1)]
    except OSError as error:
        raise InputError(f"config.data.parallel={path}: {error.strerror}") from None
    if not lines:
        raise InputError(f"{path}: empty; the first line names the languages of the columns")
    header, *rows = [tuple(cell.strip() for cell in line.split("\t")) for line in lines]
    if len(set(header)) < len(header) or "" in header:
        raise InputError(f"{path}:1: the header must name each column's language, each once")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise InputError(f"{path}:{number}: {len(row)} columns, the header has {len(header)}")
    return list(header), rows


def _unambiguous(rows: Collection[tuple[str, ...]]) -> list[tuple[str, ...]]:
    counts = [Counter(column) for column in zip(*rows, strict=True)]
    return [
        row
        for row in rows
        if all(cell and count[cell] == 1 for cell, count in zip(row, counts, strict=True))
    ]


def _in_hash_order(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(rows, key=lambda row: blake2b("\t".join(row).encode()).digest())

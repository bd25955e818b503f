"""Word vectors in fastText's text format: a header `words dimensions`, then one word per line."""

import re
from pathlib import Path

import numpy as np

from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError
from mlm_xling.evaluation.representations.word_types import WordTable


def read_vectors(path: Path, limit: int) -> WordTable:
    """Reads the first `limit` words, which are the most frequent.

    Of words that differ only in case, the first is kept; blank lines are skipped.

    Raises:
      InputError: as `read_lines`; or a line is not a word with finite numbers (with the line); or
        there is no vector.
    """
    lines = read_lines(path, "config.data.vectors")
    number, header = next(lines, (1, ""))
    width = _width(header, f"{path}:{number}")
    vectors: dict[str, np.ndarray] = {}
    for number, line in lines:
        if len(vectors) == limit:
            break
        if not line.strip():
            continue
        word, *values = line.rstrip().rsplit(" ", width)
        if len(values) != width:
            raise InputError(f"{path}:{number}: not a word and {width} numbers")
        vectors.setdefault(word.casefold(), _numbers(values, f"{path}:{number}"))
    if not vectors:
        raise InputError(f"{path}: no vectors in it")
    return WordTable(tuple(vectors), np.array(list(vectors.values()), np.float32))


def _width(header: str, where: str) -> int:
    numbers = re.fullmatch(r"\s*[0-9]+\s+([1-9][0-9]{0,5})\s*", header)
    if not numbers:
        raise InputError(f"{where}: the first line must be `words dimensions`")
    return int(numbers[1])


def _numbers(values: list[str], where: str) -> np.ndarray:
    try:
        with np.errstate(over="ignore"):
            numbers = np.array(values, np.float32)
    except ValueError:
        raise InputError(f"{where}: not a number among the values") from None
    if not np.isfinite(numbers).all():
        odd = values[int(np.argmin(np.isfinite(numbers)))]
        raise InputError(f"{where}: {odd} among the values; numbers must be finite")
    return numbers

"""Word vectors in fastText's text format: a header `words dimensions`, then a word a line."""

from pathlib import Path

import numpy as np

from mlm_xling.data.text import decoded
from mlm_xling.errors import InputError
from mlm_xling.evaluation.representations.word_types import WordTable


def read_vectors(path: Path, limit: int) -> WordTable:
    """Reads the first `limit` words, which are the most frequent; of words that are equal but for
    case the first.

    Raises:
      InputError: no such file, not UTF-8, or a line that is not a word and its numbers, or no
        vector at all.
    """
    vectors: dict[str, np.ndarray] = {}
    try:
        with path.open("rb") as file:
            width = _width(decoded(file.readline(), path, 1), path)
            for number, line in enumerate(file, 2):
                if len(vectors) == limit:
                    break
                word, *values = decoded(line, path, number).rstrip().rsplit(" ", width)
                if len(values) != width:
                    raise InputError(f"{path}:{number}: not a word and {width} numbers")
                vectors.setdefault(word.casefold(), _numbers(values, f"{path}:{number}"))
    except OSError as error:
        raise InputError(f"config.data.vectors: {path}: {error.strerror}") from None
    if not vectors:
        raise InputError(f"{path}: no vectors in it")
    return WordTable(tuple(vectors), np.array(list(vectors.values()), np.float32))


def _width(header: str, path: Path) -> int:
    numbers = header.split()
    if len(numbers) != 2 or not all(number.isdecimal() for number in numbers):
        raise InputError(f"{path}:1: the first line must be `words dimensions`")
    return int(numbers[1])


def _numbers(values: list[str], where: str) -> np.ndarray:
    try:
        return np.array(values, np.float32)
    except ValueError:
        raise InputError(f"{where}: not a number among the values") from None

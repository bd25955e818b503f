"""Distances between translations, as strings and as bags of subwords."""

from collections import Counter
from collections.abc import Iterable, Sequence

import editdistance


def mean_edit_distance(x: Sequence[str], y: Sequence[str]) -> float:
    """Returns the mean Levenshtein distance over the longer string's length, case-folded.

    Args:
      x: sentences; `y` has their translations, row by row.
    """
    apart = [
        editdistance.eval(one.casefold(), other.casefold())
        / max(len(one.casefold()), len(other.casefold()), 1)
        for one, other in zip(x, y, strict=True)
    ]
    return sum(apart) / len(apart)


def subword_distance(x: Iterable[Sequence[int]], y: Iterable[Sequence[int]]) -> float:
    """Returns 1 - the overlap of two texts' relative subword frequencies.

    It is 0 if each id is equally frequent in both, and 1 if they share none.

    Args:
      x: ids of each sentence.
    """
    one, other = (Counter(number for ids in text for number in ids) for text in (x, y))
    total, other_total = max(one.total(), 1), max(other.total(), 1)
    return 1.0 - sum(min(one[id] / total, other[id] / other_total) for id in one.keys() & other)

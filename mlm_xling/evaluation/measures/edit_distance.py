"""How far translations are apart as strings, and in the subwords that they are made of."""

from collections import Counter
from collections.abc import Iterable, Sequence

import editdistance


def mean_edit_distance(x: Sequence[str], y: Sequence[str]) -> float:
    """Averages Levenshtein's distance over the length of the longer string, case folded.

    Args:
      x: sentences; `y` their translations, row by row.
    """
    apart = [
        editdistance.eval(one.casefold(), other.casefold())
        / max(len(one.casefold()), len(other.casefold()), 1)
        for one, other in zip(x, y, strict=True)
    ]
    return sum(apart) / len(apart)


def subword_distance(x: Iterable[Sequence[int]], y: Iterable[Sequence[int]]) -> float:
    """Tells how little two texts have subwords in common: 1 - the overlap of their frequencies.

    It is 0 where each id is as frequent in both, and 1 where they share none.

    Args:
      x: ids of each sentence.
    """
    one, other = (Counter(number for ids in text for number in ids) for text in (x, y))
    total, other_total = max(one.total(), 1), max(other.total(), 1)
    return 1.0 - sum(min(one[id] / total, other[id] / other_total) for id in one.keys() & other)

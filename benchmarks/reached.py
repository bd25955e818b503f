"""The amounts of something at which runs that have more and more of it reach a level."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Reached(NamedTuple):
    """The amounts of something at which runs reach a level, by seed."""

    levels: list[float]
    amounts: list[float]
    """Infinite if no run reaches the level."""

    @property
    def range(self) -> tuple[float, float, float]:
        """The lowest amount, the median, and the highest."""
        return min(self.amounts), float(np.median(self.amounts)), max(self.amounts)


def amount_at(level: float, amounts: Sequence[float], values: Sequence[float]) -> float:
    """Interpolates the smallest amount at which values reach a level; infinite if none does."""
    if values[0] >= level:
        return amounts[0]
    steps = zip(pairwise(amounts), pairwise(values), strict=True)
    for (less, more), (low, high) in steps:
        if low < level <= high:
            share = (level - low) / (high - low)
            return math.expm1(math.log1p(less) + share * (math.log1p(more) - math.log1p(less)))
    return math.inf

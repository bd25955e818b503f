"""Numbers of single trainings that are not kept by test item, such as a mean of CKA over layers."""

import itertools
import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np

from mlm_xling.evaluation.measures.trials import Term, Trials
from mlm_xling.results import Result
from mlm_xling.study.measured import Run


class Mean(NamedTuple):
    """A training's mean over layers or targets, or a difference of two such means."""

    value: float
    items: int
    """The smallest number of items measured."""
    lines: tuple[int, ...]
    """Lines of the CSV file."""

    @classmethod
    def of(cls, run: Run, results: Sequence[Result]) -> "Mean":
        """Averages results of one run."""
        mean = float(np.mean([result.value for result in results]))
        return cls(mean, min(result.n for result in results), tuple(map(run.line, results)))

    @classmethod
    def average(cls, means: Sequence["Mean"]) -> "Mean":
        """Averages means of several runs."""
        lines = tuple(itertools.chain.from_iterable(one.lines for one in means))
        return cls(fmean(one.value for one in means), min(one.items for one in means), lines)

    def less(self, other: "Mean") -> "Mean":
        """Subtracts another mean."""
        items = min(self.items, other.items)
        return Mean(self.value - other.value, items, (*self.lines, *other.lines))

    def fisher_z(self) -> "Mean":
        """Transforms a correlation."""
        most = 1 - np.finfo(np.float64).eps
        return self._replace(value=math.atanh(min(most, max(-most, self.value))))


def mean_term(weight: float, means: Iterable[Mean], trained: int) -> Term:
    """Returns the weighted mean over trainings, as a term of a contrast.

    Args:
      trained: index of the trainings.
    """
    values = np.array([one.value for one in means])[:, None, None]
    return Term(weight, Trials(values, np.ones_like(values)), None, trained)

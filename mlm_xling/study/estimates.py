"""Estimates of a study: means over seeds and differences, with their intervals."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mlm_xling.evaluation.measures.trials import Term, Trials, contrast_interval
from mlm_xling.languages import split_languages


class Place(NamedTuple):
    """Where a column is measured: a pair of languages trained together, and a target."""

    pair: str
    target: str

    @property
    def is_transfer(self) -> bool:
        """Whether the target is another language, rather than paraphrases of the first."""
        return self.target in split_languages(self.pair)[1:]


class Estimate(NamedTuple):
    """A mean over seeds, or a difference of two."""

    value: float
    low: float | None
    """95% interval, if there is one."""
    high: float | None
    items: int
    """Number of independent items: those of a cluster count once."""
    seeds: int
    lines: tuple[int, ...]
    p: float | None = None
    """The p-value of a difference, before correction for the number of rows."""
    least_p: float | None = None
    """The smallest p-value possible with so few trainings."""
    of_pairs: tuple[str, ...] = ()
    """The pairs of languages it covers, if some were not measured."""
    of_tasks: tuple[str, ...] = ()
    """The tasks it covers, if some were measured less often than others."""
    places: tuple[Place, ...] = ()
    """Where a difference was measured."""

    def within(self, least: float, most: float) -> "Estimate":
        """Cuts the interval off at limits that its number cannot pass."""
        if self.low is None or self.high is None:
            return self
        return self._replace(low=max(least, self.low), high=min(most, self.high))


def contrast(terms: Iterable[Term]) -> Estimate | None:
    """Sums terms, if there are any; without an interval if it would not apply to all of them."""
    terms = list(terms)
    if not terms:
        return None
    found = contrast_interval(terms)
    ends = (found.low, found.high) if _vary([term.row for term in terms]) else (None, None)
    items = sum(term.row.numerator.shape[-1] for term in terms)
    return Estimate(found.value, *ends, items, min(len(term.row.scores) for term in terms), ())


def _vary(every: Sequence[Trials]) -> bool:
    """Returns whether all terms have several seeds, or all have one seed and several items.

    If only some have several seeds, the interval would cover the training variance of some rows and
    ignore that of the others.
    """
    seeds, items = ({one.numerator.shape[axis] > 1 for one in every} for axis in (0, 2))
    return seeds == {True} or (seeds == {False} and items == {True})

"""The numbers that claims are decided by: contrasts of rows over tasks and places."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlm_xling.evaluation.measures.trials import Term, Trials
from mlm_xling.results import Result
from mlm_xling.study.columns import TRAINED, Column, Estimate, contrast
from mlm_xling.study.measured import Run

CKA = "cka_debiased"
CORRELATION = "pearson_cka_retrieval"


class Evidence:
    """What a study measured, asked in the paper's terms. None is what it did not measure.

    Means are over the pairs of languages in which both sides were measured, and name them if these
    are not all.
    """

    def __init__(self, tasks: Sequence[Column], runs: Sequence[Run], pairs: Sequence[str]):
        """Takes what was measured.

        Args:
          tasks: the columns of zero-shot transfer.
          pairs: of languages, the nearest first.
        """
        self._tasks, self._runs, self._pairs = tasks, runs, pairs

    def transfer(self, row: str, other: str) -> Estimate | None:
        """Gives the mean over tasks and places of the score of a row less that of another."""
        return self._mean(row, other, TRAINED)

    def transfer_above(self, row: str, model: str) -> Estimate | None:
        """Gives the same of a row less what needs no training."""
        return self._mean(row, row, model)

    def of_distant_less_near(self, row: str, other: str | None = None) -> Estimate | None:
        """Gives how much larger a score, or a difference to a row, is in the last pair."""
        if len(self._pairs) < 2:
            return None
        weights = {self._pairs[-1]: 1.0, self._pairs[0]: -1.0}
        return self._contrast(row, other, TRAINED, weights)

    def cka_less(self, row: str) -> Estimate | None:
        """Gives the mean CKA over layers of Default less that of a row."""
        return self._paired(
            {pair: self._cka("default", pair) for pair in self._pairs},
            {pair: self._cka(row, pair) for pair in self._pairs},
        )

    def cka_above_untrained(self, row: str) -> Estimate | None:
        """Gives the mean CKA over layers of a row less that of its untrained encoder."""
        untrained = {pair: self._cka(row, pair, "random") for pair in self._pairs}
        return self._paired({pair: self._cka(row, pair) for pair in self._pairs}, untrained)

    def cka_falls(self) -> Estimate | None:
        """Gives by how much CKA of Default is higher in the lower half of the layers."""
        lower = {pair: self._cka("default", pair, where=_lower) for pair in self._pairs}
        upper = {pair: self._cka("default", pair, where=_upper) for pair in self._pairs}
        return self._paired(lower, upper)

    def correlation(self) -> Estimate | None:
        """Gives Pearson's correlation of CKA and retrieval over the layers of Default."""
        found = [
            (run, result)
            for run in self._runs
            if run.cell.row == "default"
            for result in run.newest
            if (result.metric, result.model) == (CORRELATION, TRAINED)
        ]
        values = {
            pair: [result.value for run, result in found if run.cell.pair == pair]
            for pair in self._pairs
        }
        return self._over_seeds(values, tuple(run.line(result) for run, result in found))

    def _mean(self, row: str, other: str, model: str) -> Estimate | None:
        measured = [
            pair for pair in self._pairs if None not in self._terms(row, other, model, {pair: 1.0})
        ]
        weights = {pair: 1 / len(measured) for pair in measured}
        return self._contrast(row, other, model, weights)

    def _terms(
        self, row: str, other: str | None, model: str, weights: Mapping[str, float]
    ) -> list[Term | None]:
        """One for each task and place; models of one pair are the same in all tasks."""
        terms = []
        for pair, weight in weights.items():
            found = [
                (column, place)
                for column in self._tasks
                for place in column.places
                if place.pair == pair
            ]
            if not found:
                terms.append(None)
            for column, place in found:
                share = weight / len(found)
                number = self._pairs.index(pair)
                terms.append(column.term(share, row, place, number, other, model))
        return terms

    def _contrast(
        self, row: str, other: str | None, model: str, weights: Mapping[str, float]
    ) -> Estimate | None:
        """Adds terms up; if some are missing, nothing is said of the others."""
        found = contrast(self._terms(row, other, model, weights))
        if found is None:
            return None
        lines = [
            line
            for column in self._tasks
            for place in column.places
            if place.pair in weights
            for of_row in dict.fromkeys((row, other or row))
            for of in dict.fromkeys((TRAINED, model))
            for line in column.lines_of(of_row, place, of)
        ]
        return found._replace(lines=tuple(lines), of_pairs=self._unless_all(weights))

    def _unless_all(self, pairs: Collection[str]) -> tuple[str, ...]:
        return () if len(pairs) == len(self._pairs) else tuple(pairs)

    def _cka(
        self,
        row: str,
        pair: str,
        model: str = TRAINED,
        where: "Callable[[int, int], bool]" = lambda layer, last: True,
    ) -> "dict[int, OfLayers]":
        """Averages CKA over some layers, by seed; untrained encoders are of the row's corpus."""
        corpora = {run.cell.corpus for run in self._runs if _is(run, row, pair)}
        found = {}
        for run in self._runs:
            if not (_is(run, row, pair) if model == TRAINED else run.cell.corpus in corpora):
                continue
            of_model = [r for r in run.newest if (r.metric, r.model) == (CKA, model)]
            last = max((r.layer or 0 for r in of_model), default=0)
            shown = [r for r in of_model if r.layer is not None and where(r.layer, last)]
            if shown:
                found[run.cell.seed] = OfLayers.of(run, shown)
        return found

    def _paired(
        self,
        own: "Mapping[str, Mapping[int, OfLayers]]",
        other: "Mapping[str, Mapping[int, OfLayers]]",
    ) -> Estimate | None:
        """Takes differences seed by seed, or to the only seed that there is of the other side."""
        values, lines = {}, []
        for pair, of_pair in own.items():
            others, of_seeds = other[pair], []
            for seed, one in of_pair.items():
                alone = next(iter(others.values())) if len(others) == 1 else None
                if (beside := others.get(seed, alone)) is not None:
                    of_seeds.append(one.value - beside.value)
                    lines += [*one.lines, *beside.lines]
            values[pair] = of_seeds
        return self._over_seeds(values, tuple(lines))

    def _over_seeds(
        self, values: Mapping[str, Sequence[float]], lines: tuple[int, ...]
    ) -> Estimate | None:
        """Averages what trainings came to over the pairs that have any; None if none has."""
        scores = {pair: np.array(found)[:, None, None] for pair, found in values.items() if found}
        if not scores:
            return None
        terms = [
            Term(1 / len(scores), Trials(of_pair, np.ones_like(of_pair)), None, i)
            for i, of_pair in enumerate(scores.values())
        ]
        found = contrast(terms)
        return found and found._replace(lines=lines, of_pairs=self._unless_all(scores))


class OfLayers(NamedTuple):
    """A mean over layers, and the lines of the CSV file that it is of."""

    value: float
    lines: tuple[int, ...]

    @classmethod
    def of(cls, run: Run, results: Sequence[Result]) -> "OfLayers":
        """Averages results of one run."""
        mean = float(np.mean([result.value for result in results]))
        return cls(mean, tuple(run.line(result) for result in results))


def _is(run: Run, row: str, pair: str) -> bool:
    return (run.cell.row, run.cell.pair) == (row, pair)


def _lower(layer: int, last: int) -> bool:
    return layer <= last / 2


def _upper(layer: int, last: int) -> bool:
    return layer > last / 2

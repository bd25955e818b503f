"""The numbers that claims are decided by: contrasts of rows over tasks and places."""

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlm_xling.evaluation.measures.trials import Term, Trials
from mlm_xling.results import Result
from mlm_xling.study.cell import TRAINED
from mlm_xling.study.columns import Column, Estimate, contrast
from mlm_xling.study.measured import Run

CKA = "cka_debiased"
CORRELATION = "pearson_cka_retrieval"


class Evidence:
    """What a study measured, asked in the paper's terms. None is what it did not measure.

    Means are over the tasks and the pairs of languages in which both sides were measured, and name
    them if these are not all.
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
        both = self._measured(row, other, TRAINED, weights)
        return both and self._contrast(row, other, TRAINED, both, weights)

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
        both = self._measured(row, other, model)
        weights = {pair: 1 / len(both.seeds) for pair in both.seeds} if both else {}
        return both and self._contrast(row, other, model, both, weights)

    def _measured(
        self, row: str, other: str | None, model: str, pairs: Collection[str] = ()
    ) -> "Measured | None":
        """Finds the tasks, pairs and seeds in which both sides were measured.

        All the tasks with all the seeds of each pair: models of one pair are the same in all tasks,
        and are resampled together. Of several such sets it is the one of most measurements, and of
        those that of most seeds.

        Args:
          pairs: those that there must be.
        """
        found: list[Measured] = []
        for count in range(1, len(self._tasks) + 1):
            for tasks in itertools.combinations(self._tasks, count):
                seeds = {pair: self._seeds(tasks, row, other, model, pair) for pair in self._pairs}
                found.append(Measured(tasks, {pair: of for pair, of in seeds.items() if of}))
        found = [one for one in found if one.seeds and one.seeds.keys() >= set(pairs)]
        return max(
            found, key=lambda one: (one.trainings * len(one.tasks), one.trainings), default=None
        )

    def _seeds(
        self, tasks: Sequence[Column], row: str, other: str | None, model: str, pair: str
    ) -> list[int]:
        """The seeds with which both sides were measured by all of some tasks at all places of a
        pair."""
        of_places = []
        for column in tasks:
            places = [place for place in column.places if place.pair == pair]
            if not places:
                return []
            of_places += [set(column.seeds_of(row, place, other, model)) for place in places]
        return sorted(set.intersection(*of_places))

    def _contrast(
        self,
        row: str,
        other: str | None,
        model: str,
        measured: "Measured",
        weights: Mapping[str, float],
    ) -> Estimate | None:
        """Adds up what a row, less another one, comes to in some pairs."""
        terms, lines = [], []
        for pair, weight in weights.items():
            places = [
                (column, place)
                for column in measured.tasks
                for place in column.places
                if place.pair == pair
            ]
            for column, place in places:
                seeds, number = measured.seeds[pair], self._pairs.index(pair)
                share = weight / len(places)
                terms.append(column.term(share, row, place, number, seeds, other, model))
                lines += column.lines_of(row, place, seeds, TRAINED)
                if other is not None:
                    lines += column.lines_of(other, place, seeds, model)
        found = contrast(terms)
        if found is None:
            return None
        names = tuple(column.measure.title for column in measured.tasks)
        return found._replace(
            lines=tuple(lines),
            of_pairs=self._unless_all(weights),
            of_tasks=() if len(names) == len(self._tasks) else names,
        )

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


class Measured(NamedTuple):
    """Tasks, and the seeds of each pair of languages that all of them have been asked of."""

    tasks: tuple[Column, ...]
    seeds: Mapping[str, list[int]]

    @property
    def trainings(self) -> int:
        """How many they are in all pairs."""
        return sum(map(len, self.seeds.values()))


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

"""The numbers that decide claims: contrasts of rows over tasks and places."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from mlm_xling.results import TRAINED
from mlm_xling.study.columns import Column
from mlm_xling.study.estimates import Estimate, Place, contrast
from mlm_xling.study.layer_evidence import LayerEvidence
from mlm_xling.study.measured import Run


class Evidence:
    """The measurements of a study in the paper's terms; None for what was not measured.

    Means are over the tasks and the pairs of languages in which both sides were measured, which are
    listed if they are not all.
    """

    def __init__(
        self,
        tasks: Sequence[Column],
        runs: Sequence[Run],
        pairs: Sequence[str],
        fewest: int = 1,
    ):
        """Initialises with the measurements.

        Args:
          tasks: columns of zero-shot transfer.
          pairs: all pairs of languages of the study, measured or not, nearest first.
          fewest: minimum number of tasks for a result.
        """
        self._tasks, self._runs, self._pairs, self._fewest = tasks, runs, pairs, fewest

    @property
    def pairs(self) -> tuple[str, ...]:
        """The pairs with any measurement."""
        begun = {run.cell.pair for run in self._runs}
        return tuple(pair for pair in self._pairs if pair in begun)

    def of_pair(self, pair: str, tasks: Collection[str] = ()) -> "Evidence":
        """Returns the evidence of one pair, restricted to some tasks or with all tasks."""
        asked = [one for one in self._tasks if not tasks or one.measure.title in tasks]
        return Evidence(asked, self._runs, (pair,), fewest=max(1, len(asked)))

    @property
    def layers(self) -> LayerEvidence:
        """The measurements of layers."""
        return LayerEvidence(self._runs, self._pairs)

    def transfer(self, row: str, other: str) -> Estimate | None:
        """Returns the mean over tasks and places of the score of a row minus that of another."""
        return self._mean(row, other, TRAINED)

    def transfer_above(self, row: str, model: str) -> Estimate | None:
        """Returns the same for a row minus a model that needs no training."""
        return self._mean(row, row, model)

    def of_distant_less_near(self, row: str, other: str | None = None) -> Estimate | None:
        """Returns how much larger a score, or a difference between rows, is in the last pair."""
        if len(self._pairs) < 2:
            return None
        weights = {self._pairs[-1]: 1.0, self._pairs[0]: -1.0}
        both = self._measured(row, other, TRAINED, weights)
        return both and self._contrast(row, other, TRAINED, both, weights)

    def _mean(self, row: str, other: str, model: str) -> Estimate | None:
        both = self._measured(row, other, model)
        weights = {pair: 1 / len(both.seeds) for pair in both.seeds} if both else {}
        return both and self._contrast(row, other, model, both, weights)

    def _measured(
        self, row: str, other: str | None, model: str, pairs: Collection[str] = ()
    ) -> "Measured | None":
        """Finds the tasks, pairs and seeds in which both sides were measured.

        A pair's seeds must have been measured in all tasks: models of a pair are the same in all
        tasks, and are resampled together. Of several such sets, the one with the most measurements,
        then with the most seeds, is returned.

        Args:
          pairs: pairs that must be included.
        """
        found: list[Measured] = []
        for count in range(self._fewest, len(self._tasks) + 1):
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
        """Returns the seeds with which all tasks measured both sides at all places of a pair."""
        of_places = []
        for column in tasks:
            places = _places_of(column, pair)
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
        """Sums a row's scores, minus those of another, over pairs."""
        terms, lines = [], []
        for pair, weight in weights.items():
            places = [(one, place) for one in measured.tasks for place in _places_of(one, pair)]
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
        most = sum(map(abs, weights.values()))
        return found.within(-most, most)._replace(
            lines=tuple(lines),
            of_pairs=self._unless_all(weights),
            of_tasks=() if len(names) == len(self._tasks) else names,
        )

    def _unless_all(self, pairs: Collection[str]) -> tuple[str, ...]:
        return () if len(pairs) == len(self._pairs) else tuple(pairs)


def _places_of(column: Column, pair: str) -> list[Place]:
    """Lists the places of a pair where another language is tested than the one of the labels."""
    return [place for place in column.places if place.pair == pair and place.is_transfer]


class Measured(NamedTuple):
    """Tasks, and the seeds of each pair of languages with which all of them were measured."""

    tasks: tuple[Column, ...]
    seeds: Mapping[str, list[int]]

    @property
    def trainings(self) -> int:
        """Number of trainings in all pairs."""
        return sum(map(len, self.seeds.values()))

"""The numbers that decide claims: contrasts of rows over tasks and places."""

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from mlm_xling.evaluation.measures.trials import Term
from mlm_xling.languages import split_languages
from mlm_xling.results import RANDOM, TRAINED, Result
from mlm_xling.study.columns import Column
from mlm_xling.study.estimates import Estimate, contrast
from mlm_xling.study.means import Mean, mean_term
from mlm_xling.study.measured import Run

CKA = "cka_debiased"
CORRELATION = "pearson_cka_retrieval"


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

    def cka_less(self, row: str) -> Estimate | None:
        """Returns the mean CKA over layers of Default minus that of a row.

        Seeds are not paired: a model of one language has nothing in common with one of two.
        """
        own = {pair: self._cka("default", pair) for pair in self._pairs}
        other = {pair: self._cka(row, pair) for pair in self._pairs}
        both = [pair for pair in self._pairs if own[pair] and other[pair]]
        sides = [
            (side[pair].values(), sign) for pair in both for side, sign in ((own, 1), (other, -1))
        ]
        terms = [
            mean_term(sign / len(both), means, trained)
            for trained, (means, sign) in enumerate(sides)
        ]
        return self._estimate(terms, [mean for means, _ in sides for mean in means], both)

    def cka_above_untrained(self, row: str) -> Estimate | None:
        """Returns the mean CKA over layers of a row minus that of its untrained encoder."""
        trained = {pair: self._cka(row, pair) for pair in self._pairs}
        untrained = {
            pair: _beside_all(self._cka(row, pair, RANDOM), of) for pair, of in trained.items()
        }
        return self._paired(trained, untrained)

    def cka_falls(self) -> Estimate | None:
        """Returns how much higher the CKA of Default is in the lower half of the layers."""
        lower = {pair: self._cka("default", pair, where=_lower) for pair in self._pairs}
        upper = {pair: self._cka("default", pair, where=_upper) for pair in self._pairs}
        return self._paired(lower, upper)

    def correlation(self, model: str = TRAINED) -> Estimate | None:
        """Returns Pearson's correlation of CKA and retrieval over the layers of Default.

        Its mean and interval are those of Fisher's z, whose distribution is nearly normal.
        """
        found = self._over_seeds(
            {
                pair: [
                    Mean.of(run, found).fisher_z()
                    for run in self._runs
                    if _is(run, "default", pair) and (found := _of_pair(run, CORRELATION, model))
                ]
                for pair in self._pairs
            }
        )
        if found is None:
            return None
        low, high = (end if end is None else math.tanh(end) for end in (found.low, found.high))
        return found._replace(value=math.tanh(found.value), low=low, high=high)

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
        """Sums a row's scores, minus those of another, over pairs."""
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
        most = sum(map(abs, weights.values()))
        return found.within(-most, most)._replace(
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
    ) -> dict[int, Mean]:
        """Averages CKA over layers, by seed; untrained encoders are those of the row's corpus."""
        corpora = {run.cell.corpus for run in self._runs if _is(run, row, pair)}
        found = {}
        for run in self._runs:
            if not (_is(run, row, pair) if model == TRAINED else run.cell.corpus in corpora):
                continue
            of_model = _of_pair(run, CKA, model)
            last = max((r.layer or 0 for r in of_model), default=0)
            shown = [r for r in of_model if r.layer is not None and where(r.layer, last)]
            if shown:
                found[run.cell.seed] = Mean.of(run, shown)
        return found

    def _paired(
        self,
        own: Mapping[str, Mapping[int, Mean]],
        other: Mapping[str, Mapping[int, Mean]],
    ) -> Estimate | None:
        """Returns differences seed by seed."""
        return self._over_seeds(
            {
                pair: [
                    one.less(other[pair][seed])
                    for seed, one in of_pair.items()
                    if seed in other[pair]
                ]
                for pair, of_pair in own.items()
            }
        )

    def _over_seeds(self, found: Mapping[str, Sequence[Mean]]) -> Estimate | None:
        """Averages over the pairs that have any training results; None if none has."""
        of_pairs = {pair: of_pair for pair, of_pair in found.items() if of_pair}
        terms = [
            mean_term(1 / len(of_pairs), of_pair, trained)
            for trained, of_pair in enumerate(of_pairs.values())
        ]
        every = [one for of_pair in of_pairs.values() for one in of_pair]
        return self._estimate(terms, every, of_pairs)

    def _estimate(
        self, terms: Sequence[Term], every: Sequence[Mean], pairs: Collection[str]
    ) -> Estimate | None:
        """Sums terms made of means."""
        estimate = contrast(terms)
        return estimate and estimate._replace(
            items=min(one.items for one in every),
            lines=tuple(line for one in every for line in one.lines),
            of_pairs=self._unless_all(pairs),
        )


class Measured(NamedTuple):
    """Tasks, and the seeds of each pair of languages with which all of them were measured."""

    tasks: tuple[Column, ...]
    seeds: Mapping[str, list[int]]

    @property
    def trainings(self) -> int:
        """Number of trainings in all pairs."""
        return sum(map(len, self.seeds.values()))


def _beside_all(untrained: Mapping[int, Mean], seeds: Iterable[int]) -> Mapping[int, Mean]:
    """Repeats the one untrained encoder's mean for all seeds."""
    if len(untrained) != 1:
        return untrained
    (only,) = untrained.values()
    return dict.fromkeys(seeds, only)


def _of_pair(run: Run, metric: str, model: str = TRAINED) -> list[Result]:
    """Returns a run's results on the languages of its pair, without paraphrases of the first."""
    targets = split_languages(run.cell.pair)[1:]
    found = (r for r in run.newest if (r.metric, r.model) == (metric, model))
    return [result for result in found if result.target in targets]


def _is(run: Run, row: str, pair: str) -> bool:
    return (run.cell.row, run.cell.pair) == (row, pair)


def _lower(layer: int, last: int) -> bool:
    return layer <= last / 2


def _upper(layer: int, last: int) -> bool:
    return layer > last / 2

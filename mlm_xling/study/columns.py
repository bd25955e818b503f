"""Columns of Table 1: one measure of every row and language pair, by seed and by test item."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from mlm_xling.evaluation.measures.permutation import (
    least_p_value,
    p_value,
    runs_p_value,
    trainings,
)
from mlm_xling.evaluation.measures.trials import Term, Trials, mean_interval
from mlm_xling.outcomes import Outcome
from mlm_xling.reports.selection import baselines_beside
from mlm_xling.results import RANDOM_TARGET, TRAINED, Result, chosen_layer
from mlm_xling.study.estimates import Estimate, Place, contrast
from mlm_xling.study.measured import Run
from mlm_xling.study.scores import Measure, Score, interval, score_of

MAJORITY = "majority"
"""The baseline that always predicts the most frequent label of the training data."""


class Key(NamedTuple):
    """Identifies scores of a row or model at a place."""

    row: str
    model: str
    place: Place


class Column:
    """One measure of all runs of a study."""

    def __init__(self, measure: Measure, runs: Iterable[Run]):
        self.measure = measure
        found: dict[Key, list[tuple[Run, Result]]] = {}
        self._measured_with: dict[tuple[str, str], str] = {}
        corpora: dict[str, str] = {}
        for run in runs:
            cell = run.cell
            for result in run.newest:
                if (result.evaluator, result.setting) != (measure.evaluator, None):
                    continue
                if result.model != TRAINED and not cell.measures_untrained:
                    continue  # Measured during training, without items.
                place = Place(cell.pair, result.target)
                found.setdefault(Key(cell.row, result.model, place), []).append((run, result))
                if result.model != TRAINED:
                    corpora.setdefault(cell.corpus, cell.row)
        for run in runs:
            if run.cell.corpus in corpora:
                self._measured_with[run.cell.row, run.cell.pair] = corpora[run.cell.corpus]
        scores = {key: self._by_seed(key, of_key) for key, of_key in found.items()}
        self.scores = {key: of_seeds for key, of_seeds in scores.items() if of_seeds}
        self._means: dict[Key, Estimate | None] = {}

    def _by_seed(self, key: Key, found: Sequence[tuple[Run, Result]]) -> dict[int, Score]:
        """Averages the metrics at the layer selected by all seeds together.

        For a model-free baseline, it averages the metrics' `beside`.
        """
        beside = baselines_beside(self.measure.metrics)
        names = {result.metric for _, result in found}
        metrics = set(self.measure.metrics)
        if key.model != TRAINED and not names & metrics:
            metrics = beside
        found = [(run, result) for run, result in found if result.metric in metrics]
        layer = chosen_layer([result for _, result in found], metrics)
        at_layer: dict[int, list[tuple[Run, Result]]] = {}
        for run, result in found:
            if result.layer == layer:
                at_layer.setdefault(run.cell.seed, []).append((run, result))
        return {seed: score_of(of_seed) for seed, of_seed in at_layer.items()}

    @cached_property
    def places(self) -> list[Place]:
        """Where any row was measured, in order."""
        return list(dict.fromkeys(key.place for key in self.scores if key.model == TRAINED))

    @cached_property
    def models(self) -> list[str]:
        """Lists what was measured in comparison with trained models."""
        names = dict.fromkeys(key.model for key in self.scores)
        return [name for name in names if name not in (TRAINED, RANDOM_TARGET)]

    def key(self, row: str, place: Place, model: str = TRAINED) -> Key:
        """Returns the key of a row's scores; model-free scores are stored with their corpus.

        The most frequent training label does not depend on text, so any row's score is used.
        """
        if model == TRAINED:
            return Key(row, model, place)
        key = Key(self._measured_with.get((row, place.pair), row), model, place)
        if key in self.scores or model != MAJORITY:
            return key
        return next((each for each in self.scores if each[1:] == key[1:]), key)

    def mean(self, row: str, place: Place, model: str = TRAINED) -> Estimate | None:
        """Returns the mean over seeds, with its interval over seeds and items."""
        key = self.key(row, place, model)
        if key not in self._means:
            self._means[key] = self._mean(key)
        return self._means[key]

    def _mean(self, key: Key) -> Estimate | None:
        scores = self.scores.get(key)
        if not scores:
            return None
        by_item = self._are_by_item(key)
        trials = self._trials(key, sorted(scores), by_item=by_item)
        lines = tuple(line for score in scores.values() for line in score.lines)
        if by_item:
            found = mean_interval([trials])
            ends, items = (found.low, found.high), trials.numerator.shape[-1]
            estimate = Estimate(found.value, *ends, items, len(scores), lines)
            return estimate.within(0.0, 1.0)  # A mean of shares is a share.
        ends = interval(list(scores.values())) or (None, None)
        value = float(np.mean([score.value for score in scores.values()]))
        fewest = min(score.items for score in scores.values())
        return Estimate(value, *ends, fewest, len(scores), lines).within(-1.0, 1.0)

    def difference(self, row: str, baseline: str, places: Sequence[Place]) -> Estimate | None:
        """Returns the mean difference of two rows over places, with the p-value of its test.

        Without per-item outcomes, the test covers other trainings only. Places where the rows were
        not tested on the same items are left out.
        """
        both = [
            (self.key(row, place), self.key(baseline, place), seeds)
            for place, seeds in self._seeds_of_both(places, row, baseline).items()
        ]
        if not both:
            return None
        pairs = list(dict.fromkeys(key.place.pair for key, *_ in both))
        trained = [pairs.index(key.place.pair) for key, *_ in both]
        strata = [self._compared(a, seeds, b, seeds) for a, b, seeds in both]
        weight = 1 / len(both)
        found = contrast(Term(weight, *s, i) for s, i in zip(strata, trained, strict=True))
        by_item = all(self._are_by_item(*keys) for *keys, _ in both)
        runs = trainings(strata, trained)
        p = p_value(strata, trained) if by_item else runs_p_value(runs)
        scores = [self.scores[key][n] for *keys, seeds in both for key in keys for n in seeds]
        return found and found.within(-1.0, 1.0)._replace(
            items=found.items if by_item else min(score.items for score in scores),
            lines=tuple(line for score in scores for line in score.lines),
            p=p,
            least_p=least_p_value(runs),
            places=tuple(key.place for key, *_ in both),
        )

    def _seeds_of_both(
        self, places: Iterable[Place], row: str, other: str
    ) -> dict[Place, list[int]]:
        """Returns, by place, the seeds with which rows were measured at all places of its pair."""
        found = {place: set(of) for place in places if (of := self.seeds_of(row, place, other))}
        of_pairs = {
            place.pair: set.intersection(*(of for at, of in found.items() if at.pair == place.pair))
            for place in found
        }
        return {place: sorted(of_pairs[place.pair]) for place in found if of_pairs[place.pair]}

    def common_seeds(self, place: Place, rows: Iterable[str]) -> list[int]:
        """Lists the seeds with which all given rows were measured at a place."""
        of_rows = [set(self.scores.get(self.key(row, place), ())) for row in rows]
        return sorted(set.intersection(*of_rows))

    def term(
        self,
        weight: float,
        row: str,
        place: Place,
        trained: int,
        seeds: Sequence[int],
        other: str | None = None,
        model: str = TRAINED,
    ) -> Term:
        """Builds a term of a contrast: a row, minus another row or what needs no training.

        Args:
          seeds: a subset of its `seeds_of`.
        """
        key = self.key(row, place)
        if other is None:
            own = self._trials(key, seeds, by_item=self._are_by_item(key))
            return Term(weight, own, None, trained)
        beside = self.key(other, place, model)
        both = self._compared(key, seeds, beside, self._seeds(beside, seeds))
        return Term(weight, *both, trained)

    def seeds_of(
        self, row: str, place: Place, other: str | None = None, model: str = TRAINED
    ) -> list[int]:
        """Lists the seeds for which a term can be built."""
        if other is None:
            return self.common_seeds(place, [row])
        own, beside = self.key(row, place), self.key(other, place, model)
        if not (self._are_of_one_size(own, beside) or self._are_by_item(own, beside)):
            return []
        return self.common_seeds(place, [row] if model != TRAINED else [row, other])

    def lines_of(self, row: str, place: Place, seeds: Sequence[int], model: str) -> list[int]:
        """Lists the lines of the CSV file behind one side of such a term."""
        key = self.key(row, place, model)
        chosen = self._seeds(key, seeds)
        return [line for seed in chosen for line in self.scores[key][seed].lines]

    def _seeds(self, key: Key, seeds: Sequence[int]) -> Sequence[int]:
        """Returns the seeds to use; a single one is enough for what needs no training."""
        return seeds if key.model == TRAINED else sorted(self.scores[key])[:1]

    @cached_property
    def _items(self) -> dict[Place, tuple[str, ...]]:
        return {place: self._common_items(place) for place in self.places}

    @cached_property
    def _clusters(self) -> dict[Place, Int[np.ndarray, " item"]]:
        """The cluster of each item of a place, the same for all runs, as they are compared."""
        return {place: self._clusters_of(place) for place in self.places}

    def _items_of(self, place: Place) -> tuple[str, ...]:
        """Returns the items on which all runs were tested; empty without per-item outcomes."""
        return self._items.get(place, ())

    def _are_by_item(self, *keys: Key) -> bool:
        """Returns whether all scores of rows at a place have outcomes of the same items."""
        of_keys = [self.scores.get(key, {}).values() for key in keys]
        common = all(self._items_of(key.place) for key in keys)
        return common and all(of and all(score.outcomes for score in of) for of in of_keys)

    def _are_of_one_size(self, *keys: Key) -> bool:
        """Returns whether rows were measured on equally many items, as far as is known the same."""
        sizes = [{score.items for score in self.scores.get(key, {}).values()} for key in keys]
        return all(sizes) and len(set.union(*sizes)) == 1

    def _outcomes(self, place: Place) -> list[Outcome]:
        scores = [s for key, of in self.scores.items() if key.place == place for s in of.values()]
        return [outcome for score in scores for outcome in score.outcomes]

    def _common_items(self, place: Place) -> tuple[str, ...]:
        lists = dict.fromkeys(outcome.items for outcome in self._outcomes(place))
        if not lists:
            return ()
        first, *others = lists
        common = set(first).intersection(*others)
        return tuple(item for item in first if item in common)

    def _clusters_of(self, place: Place) -> Int[np.ndarray, " item"]:
        of_item: dict[str, str] = {}
        for outcome in self._outcomes(place):
            of_item |= zip(outcome.items, outcome.clusters, strict=False)
        names = [of_item.get(item, item) for item in self._items_of(place)]
        number = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return np.array([number[name] for name in names], np.int64)

    def _compared(
        self, key: Key, seeds: Sequence[int], other: Key, its_seeds: Sequence[int]
    ) -> tuple[Trials, Trials]:
        """Returns both sides of a comparison on the same items; without outcomes, their scores."""
        by_item = self._are_by_item(key, other)
        return (
            self._trials(key, seeds, by_item=by_item),
            self._trials(other, its_seeds, by_item=by_item),
        )

    def _trials(self, key: Key, seeds: Sequence[int], *, by_item: bool) -> Trials:
        """Returns counts of the common items, or the scores."""
        scores = [self.scores[key][seed] for seed in seeds]
        items = self._items_of(key.place)
        if not by_item:
            values = np.array([score.value for score in scores])[:, None, None]
            return Trials(values, np.ones_like(values))
        clusters = self._clusters[key.place]
        counts = [[_of_items(one, items, clusters) for one in score.outcomes] for score in scores]
        sides = (
            np.array([np.concatenate([one[side] for one in of_seed]) for of_seed in counts])
            for side in (0, 1)
        )
        return Trials(*sides)


def _of_items(
    outcome: Outcome, items: tuple[str, ...], clusters: Int[np.ndarray, " item"]
) -> list[Float64[np.ndarray, "part cluster"]]:
    """Returns numerator and denominator of the given items, summed over those of a cluster."""
    place = {item: i for i, item in enumerate(outcome.items)}
    chosen = [place[item] for item in items]
    return [
        np.array([np.bincount(clusters, part[chosen]) for part in side])
        for side in (outcome.numerator, outcome.denominator)
    ]

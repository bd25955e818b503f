"""The figures of a file of kept results, as pages quote them."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from benchmarks.reached import Reached, amount_at
from mlm_xling.errors import InputError
from mlm_xling.results import Result, chosen_layer

_DIRECTIONS = ("_forward", "_backward")


class Record:
    """The lines of a file of kept results; each has the name of its `run` beside the fields."""

    def __init__(self, path: Path):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        self._results = [(line.pop("run"), Result(**line)) for line in lines]

    def chosen(self, run: str, metric: str, model: str = "trained", **where: str) -> str:
        """The figure of the chosen layer in percent, and which that is: `61.3 (59.0-63.5) L2`."""
        layer = self.chosen_layer(run, metric, model, **where)
        of_layer = "" if layer is None else f" L{layer}"
        return self.at(run, metric, layer, model, **where) + of_layer

    def chosen_figure(
        self, run: str, metric: str, model: str = "trained", **where: str
    ) -> tuple[float, ...]:
        """The mean that `chosen` quotes and, where there are any, the ends of its brackets."""
        layer = self.chosen_layer(run, metric, model, **where)
        return self.figure(run, metric, layer, model, **where)

    def at(
        self, run: str, metric: str, layer: int | None, model: str = "trained", **where: str
    ) -> str:
        """The figure of one layer in percent.

        It is the mean over both directions and over seeds; in brackets stand the lowest and the
        highest seed, or the 95% interval of a single one.
        """
        mean, *ends = self.figure(run, metric, layer, model, **where)
        return f"{100 * mean:.1f}" + (f" ({100 * ends[0]:.1f}–{100 * ends[1]:.1f})" if ends else "")

    def figure(
        self, run: str, metric: str, layer: int | None, model: str = "trained", **where: str
    ) -> tuple[float, ...]:
        """The mean that `at` quotes and, where there are any, the ends of its brackets."""
        by_seed = self._by_seed(run, metric, model, where)
        chosen = [of_seed[layer] for of_seed in by_seed]
        mean = float(np.mean([result.value for of_seed in chosen for result in of_seed]))
        if len(chosen) > 1:
            ends = [float(np.mean([result.value for result in of_seed])) for of_seed in chosen]
        else:
            ends = [
                end for result in chosen[0] for end in (result.low, result.high) if end is not None
            ]
        return (mean, min(ends), max(ends)) if ends else (mean,)

    def plain(
        self, run: str, metric: str, layer: int | None, model: str = "trained", **where: str
    ) -> str:
        """The figure of one layer as it is, the mean over seeds."""
        return self.spread(run, metric, layer, model, **where).partition(" ")[0]

    def spread(
        self, run: str, metric: str, layer: int | None, model: str = "trained", **where: str
    ) -> str:
        """The figure of `plain`, and in brackets what stands there in `at`."""
        mean, *ends = self.figure(run, metric, layer, model, **where)
        return f"{mean:.2f}" + (f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else "")

    def value(self, run: str, metric: str, layer: int | None, *model: str, **where: str) -> str:
        """The figure of `at` alone."""
        return self.at(run, metric, layer, *model, **where).partition(" ")[0]

    def each(self, run: str, metric: str, **where: str) -> str:
        """The figure of each seed in percent, in their order; that of the chosen layer, if any."""
        by_number = self._by_number(self.chosen_layer(run, metric, **where), run, metric, **where)
        return ", ".join(f"{100 * by_number[seed]:.1f}" for seed in sorted(by_number))

    def difference(
        self,
        metric: str,
        of: dict[str, str],
        to: dict[str, str],
        seeds: Collection[str] | None = None,
        **where: str,
    ) -> str:
        """Tells by how many points something without layers is above something else.

        It is the mean over the seeds that both have; in brackets stand the lowest and the highest.

        Args:
          of: its `run`, and other fields of its results; the model is `trained` unless it is named.
          to: the same of the other.
          seeds: none but these, of `common_seeds`.
          where: fields of both.
        """
        above, below = (
            self._by_number(None, metric=metric, **{**where, **side}) for side in (of, to)
        )
        both = [seed for seed in above if seed in below and (seeds is None or seed in seeds)]
        points = [100 * (above[seed] - below[seed]) for seed in both]
        if not points:
            return "–"
        ends = f" ({min(points):+.1f} to {max(points):+.1f})" if len(points) > 1 else ""
        return f"{np.mean(points):+.1f}{ends}"

    def n(self, run: str, metric: str, model: str = "trained", **where: str) -> str:
        """The number of items that the figure is of."""
        by_seed = self._by_seed(run, metric, model, where)
        counts = sorted({r.n for seed in by_seed for layer in seed.values() for r in layer})
        return "–".join(f"{count:,}" for count in dict.fromkeys((counts[0], counts[-1])))

    def reached(self, runs: Mapping[str, float], metric: str, like: str = "") -> Reached:
        """The level that is worth what comes without any, and the amounts at which runs reach it.

        The level adds to the first run, which has none, as much as training without any adds to
        the untrained encoder; or, given `like`, it is the figure of that run. Between two runs the
        figure is taken to grow with the logarithm of 1 + amount. Seeds are those that all runs
        have.

        Args:
          runs: more and more of something, from none.
        """

        def of(run: str, model: str = "trained") -> dict[str, float]:
            return self._by_number(self.chosen_layer(run, metric, model), run, metric, model)

        found = [of(run) for run in runs]
        if like:
            wanted = of(like)
        else:
            untrained = of(next(iter(runs)), "random")
            wanted = {seed: 2 * found[0][seed] - untrained[seed] for seed in untrained}
        seeds = [seed for seed in wanted if all(seed in values for values in found)]
        return Reached(
            [wanted[seed] for seed in seeds],
            [
                amount_at(wanted[seed], list(runs.values()), [values[seed] for values in found])
                for seed in seeds
            ],
        )

    def worth(self, runs: Mapping[str, float], metric: str, like: str = "") -> str:
        """Tells the amounts of `reached`: the median over seeds, and the lowest and the highest.

        Between none and the least nothing was measured, so that no amount is told.
        """
        least, most = min(filter(None, runs.values())), max(runs.values())

        def shown(amount: float) -> str:
            if 0 < amount < least:
                return f"under {least:,}"
            return f"{amount:,.0f}" if amount <= most else f"over {most:,}"

        low, middle, high = map(shown, self.reached(runs, metric, like).range)
        return middle if low == high else f"{middle} ({low} to {high})"

    def rank_correlation(
        self, runs: Sequence[str], metric: str, model: str = "trained", **where: str
    ) -> str:
        """Spearman's correlation of a figure with the amount that runs, in that order, have.

        Only the order of amounts counts, so none may be one of them. It is the mean over the seeds
        that all runs have; in brackets stand the lowest and the highest.
        """
        found = [
            self._by_number(
                self.chosen_layer(run, metric, model, **where), run, metric, model, **where
            )
            for run in runs
        ]
        seeds = set.intersection(*map(set, found))
        values = [[of_run[seed] for of_run in found] for seed in seeds]
        of_seeds = [_spearman(range(len(runs)), each) for each in values]
        ends = f" ({min(of_seeds):.2f} to {max(of_seeds):.2f})" if len(seeds) > 1 else ""
        return f"{np.mean(of_seeds):.2f}{ends}"

    def agreement(self, runs: Sequence[str], one: dict[str, str], other: dict[str, str]) -> str:
        """Spearman's correlations of two figures, over all seeds of runs and within runs.

        Within runs it is that of what a seed has beyond the mean of its run. Figures with layers
        are those of the layer that is chosen for a run.

        Args:
          one: the `metric`, and other fields of its results.
          other: the same of the other figure.
        """
        found = []
        for run in runs:
            first, second = (
                self._by_number(self.chosen_layer(run, **which), run, **which)
                for which in (one, other)
            )
            found.append(
                np.array([(first[seed], second[seed]) for seed in first if seed in second])
            )
        within = [of_run - of_run.mean(0) for of_run in found if len(of_run) > 1]
        return ", ".join(f"{_spearman(*np.concatenate(each).T):.2f}" for each in (found, within))

    def means(self, run: str) -> str:
        """Says what figures and the brackets behind them are."""
        count = self.seeds(run)
        if count == 1:
            return (
                "One seed; in brackets 95% intervals, for two directions from the lower end of "
                "one to the upper end of the other"
            )
        return f"Means over {count} seeds, with the lowest and the highest in brackets"

    def seeds(self, run: str) -> int:
        """The number of seeds of a run."""
        return len(self._numbers(run))

    def common_seeds(self, *runs: str) -> set[str]:
        """The numbers of the seeds that all these runs have, but those that there are none of."""
        return set.intersection(*filter(None, map(self._numbers, runs)))

    def _numbers(self, run: str) -> set[str]:
        return {name.rpartition("-")[2] for name, _ in self._results if _is_seed_of(name, run)}

    def chosen_layer(
        self, run: str, metric: str, model: str = "trained", **where: str
    ) -> int | None:
        """The layer that is best on what is not scored; none where figures have no layers."""
        by_seed = self._by_seed(run, metric, model, where)
        found = [r for seed in by_seed for layer in seed.values() for r in layer]
        return chosen_layer(found, {result.metric for result in found})

    def _by_number(
        self, layer: int | None, /, run: str, metric: str, model: str = "trained", **where: str
    ) -> dict[str, float]:
        """The figure of a layer, or of what has none, by the number of the seed."""
        return {
            name.rpartition("-")[2]: float(np.mean([result.value for result in of_seed[layer]]))
            for name, of_seed in self._seeds(run, metric, model, **where).items()
        }

    def _by_seed(
        self, run: str, metric: str, model: str, where: dict
    ) -> list[dict[int | None, list[Result]]]:
        return list(self._seeds(run, metric, model, **where).values())

    def _seeds(
        self, run: str, metric: str, model: str, **where: str
    ) -> dict[str, dict[int | None, list[Result]]]:
        """The results of each seed, by the name of its run, then by layer."""
        seeds: dict[str, dict[int | None, list[Result]]] = {}
        for name, result in self._results:
            asked = metric, *(metric + direction for direction in _DIRECTIONS)
            fits = all(getattr(result, field) == value for field, value in where.items())
            if _is_seed_of(name, run) and result.metric in asked and result.model == model and fits:
                seeds.setdefault(name, {}).setdefault(result.layer, []).append(result)
        if not seeds:
            raise InputError(f"nothing was kept of {run} {metric} {model} {where}")
        return seeds


def _spearman(first: Sequence[float], second: Sequence[float]) -> float:
    found: Any = spearmanr(first, second)  # SciPy types it as a plain tuple.
    return float(found.statistic)


def _is_seed_of(name: str, run: str) -> bool:
    stem, _, seed = name.rpartition("-")
    return name == run or (stem == run and seed.isdecimal())

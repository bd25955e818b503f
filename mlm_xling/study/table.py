"""Table 1 of a study: rows by measure, means over seeds and what they can be told apart by."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t

from mlm_xling.evaluation.evaluators import EVALUATORS, METRICS, TASKS
from mlm_xling.evaluation.measures.intervals import NORMAL
from mlm_xling.evaluation.probes.retrieval import LEXICAL
from mlm_xling.reports.selection import CURVES, baselines_beside, chosen_layer
from mlm_xling.reports.tables import Table, number
from mlm_xling.results import Result

BySeed = Mapping[int, Sequence[Result]]
"""What was measured on the runs of one row and pair."""


class Measure(NamedTuple):
    """A column: one or more metrics, whose mean is taken."""

    evaluator: str
    metrics: tuple[str, ...]
    title: str
    percent: bool

    def by_seed(self, runs: BySeed, model: str) -> "dict[int, Score]":
        """Averages the metrics at the layer that all seeds together choose.

        Of the model `lexical`, what stands `beside` the metrics.
        """
        metrics = baselines_beside(self.metrics) if model == LEXICAL else set(self.metrics)
        found = {seed: self._of(results, model, metrics) for seed, results in runs.items()}
        layer = chosen_layer([r for of_seed in found.values() for r in of_seed], metrics)
        at_layer = {s: [r for r in of_seed if r.layer == layer] for s, of_seed in found.items()}
        return {seed: _score(results) for seed, results in at_layer.items() if results}

    def _of(self, results: Iterable[Result], model: str, metrics: set[str]) -> list[Result]:
        return [
            result
            for result in results
            if (result.evaluator, result.model, result.setting) == (self.evaluator, model, None)
            and result.metric in metrics
        ]


class Score(NamedTuple):
    """The outcome of one run."""

    value: float
    error: float
    """Standard error over the tested items; nan where no interval was measured."""
    items: int


def measures(evaluators: Sequence[str]) -> list[Measure]:
    """Lists what is shown of evaluators: tasks by their score, probes by their curves."""
    found = []
    for name in evaluators:
        if name in TASKS:
            metric = TASKS[name].selection
            title = f"{TASKS[name].title} {TASKS[name].metrics[metric].title}"
            found.append(Measure(name, (metric,), title, True))
        for curve, metrics in CURVES.items():
            first = METRICS[metrics[0]]
            if metrics[0] in EVALUATORS[name].metrics and not first.baseline:
                found.append(Measure(name, metrics, curve, first.percent))
    return found


def study_table(
    runs: Mapping[str, BySeed], shown: Sequence[Measure], baseline: str, others: Sequence[str]
) -> Table:
    """Shows a pair of languages: a line for each row, and below what needs no training.

    Args:
      runs: what was measured, by row.
      baseline: the row that the others are compared with, seed by seed.
      others: models of the baseline's runs that stand below: `random`, `majority`.
    """
    lines = [(row, of_row, "trained") for row, of_row in runs.items()]
    lines += [(model, runs.get(baseline, {}), model) for model in others]
    header = ["row", "seeds"]
    body = [[name, str(len(of_row))] for name, of_row, _ in lines]
    for measure in shown:
        base = measure.by_seed(runs.get(baseline, {}), "trained")
        scores = [measure.by_seed(of_row, model) for _, of_row, model in lines]
        if not any(scores[: len(runs)]):
            continue
        header += [measure.title + (" (%)" if measure.percent else ""), f"Δ {baseline}"]
        for line, (name, _, model), of_line in zip(body, lines, scores, strict=True):
            compared = model == "trained" and name != baseline
            line.append(_cell(of_line, measure.percent))
            line.append(_difference(of_line, base, measure.percent) if compared else "–")
    return Table(header, body)


def interval(scores: Sequence[Score]) -> tuple[float, float] | None:
    """Gives the 95% interval of the mean over seeds, for other seeds and other items.

    All seeds are tested on the same items, whose error therefore does not shrink with their number:
    the variance is that of the mean over seeds and, beside it, the mean one over items. Degrees of
    freedom are Satterthwaite's; for items there are so many that they count as infinite.
    """
    values, errors = np.array([[s.value, s.error] for s in scores]).T
    over_items = float(np.mean(np.square(errors)))
    if math.isnan(over_items):
        over_items = 0.0
    if len(values) == 1:
        half = NORMAL * math.sqrt(over_items)
        return (values[0] - half, values[0] + half) if over_items else None
    over_seeds = float(np.var(values, ddof=1)) / len(values)
    total = over_seeds + over_items
    if total == 0:
        return float(values[0]), float(values[0])
    freedom = (len(values) - 1) * (total / over_seeds) ** 2 if over_seeds else math.inf
    half = float(t.ppf(0.975, freedom)) * math.sqrt(total)
    return float(values.mean()) - half, float(values.mean()) + half


def paired_interval(differences: Sequence[float]) -> tuple[float, float] | None:
    """Gives the 95% interval (Student's) of a mean difference between rows of the same seeds."""
    if len(differences) < 2:
        return None
    error = float(np.std(differences, ddof=1)) / math.sqrt(len(differences))
    half = float(t.ppf(0.975, len(differences) - 1)) * error
    return float(np.mean(differences)) - half, float(np.mean(differences)) + half


def _score(results: Sequence[Result]) -> Score:
    errors = [
        (result.high - result.low) / (2 * NORMAL)
        for result in results
        if result.low is not None and result.high is not None
    ]
    error = float(np.mean(errors)) if errors else math.nan
    return Score(float(np.mean([r.value for r in results])), error, min(r.n for r in results))


def _cell(scores: Mapping[int, Score], percent: bool) -> str:
    if not scores:
        return "–"
    mean = number(float(np.mean([score.value for score in scores.values()])), percent)
    return mean + _shown(interval(list(scores.values())), percent, f", n={_items(scores)}")


def _items(scores: Mapping[int, Score]) -> str:
    counts = [score.items for score in scores.values()]
    few, many = min(counts), max(counts)
    return f"{few:,}" if few == many else f"{few:,} to {many:,}"


def _difference(scores: Mapping[int, Score], base: Mapping[int, Score], percent: bool) -> str:
    differences = [score.value - base[s].value for s, score in scores.items() if s in base]
    if not differences:
        return "–"
    mean = float(np.mean(differences))
    sign = "+" if mean >= 0 else ""
    return f"{sign}{number(mean, percent)}" + _shown(paired_interval(differences), percent, "")


def _shown(ends: tuple[float, float] | None, percent: bool, items: str) -> str:
    if ends is None:
        return f" ({items.removeprefix(', ')})" if items else ""
    return f" ({number(ends[0], percent)} to {number(ends[1], percent)}{items})"

"""What Table 1 of a study measures, and the score of a single run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from mlm_xling.evaluation.evaluators import EVALUATORS, METRICS, TASKS
from mlm_xling.evaluation.measures.trials import degrees_of_freedom
from mlm_xling.outcomes import Outcome
from mlm_xling.reports.selection import CURVES
from mlm_xling.results import Result
from mlm_xling.study.measured import Run
from mlm_xling.wilson import NORMAL


class Measure(NamedTuple):
    """One or more metrics of an evaluator, whose mean is taken."""

    evaluator: str
    metrics: tuple[str, ...]
    title: str
    percent: bool

    @property
    def is_task(self) -> bool:
        """Tells whether it is zero-shot transfer."""
        return self.evaluator in TASKS


def measures(evaluators: Sequence[str]) -> list[Measure]:
    """Lists what rows are compared by: tasks by their score, probes by their curves; not by what is
    not better if it is more, of which no layer is chosen."""
    found = []
    for name in evaluators:
        if name in TASKS:
            metric = TASKS[name].selection
            title = f"{TASKS[name].title} {TASKS[name].metrics[metric].title}"
            found.append(Measure(name, (metric,), title, True))
        for curve, metrics in CURVES.items():
            first = METRICS[metrics[0]]
            if metrics[0] in EVALUATORS[name].metrics and first.chooses_layer:
                found.append(Measure(name, metrics, curve, first.percent))
    return found


@dataclass(frozen=True)
class Score:
    """The outcome of one run."""

    value: float
    error: float
    """Standard error over the tested items; nan where no interval was measured."""
    items: int
    outcomes: tuple[Outcome, ...]
    """Outcomes of each metric; none where they are not told by item."""
    lines: tuple[int, ...]
    """Lines of the CSV file."""


def score_of(found: Sequence[tuple[Run, Result]]) -> Score:
    """Puts the metrics of one run together."""
    results = [result for _, result in found]
    errors = [
        (result.high - result.low) / (2 * NORMAL)
        for result in results
        if result.low is not None and result.high is not None
    ]
    outcomes = [run.outcomes.get(result.identity) for run, result in found]
    kept = tuple(outcome for outcome in outcomes if outcome is not None)
    return Score(
        float(np.mean([result.value for result in results])),
        float(np.mean(errors)) if errors else math.nan,
        min(result.n for result in results),
        kept if len(kept) == len(outcomes) else (),
        tuple(run.line(result) for run, result in found),
    )


def interval(scores: Sequence[Score]) -> tuple[float, float] | None:
    """Gives the 95% interval of a mean over seeds of what is not told by item.

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
    freedom = degrees_of_freedom(total, [(over_seeds, len(values) - 1)])
    half = float(scipy.stats.t.ppf(0.975, freedom)) * math.sqrt(total)
    return float(values.mean()) - half, float(values.mean()) + half

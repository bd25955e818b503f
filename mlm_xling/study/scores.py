"""What Table 1 of a study measures, and the score of a run."""

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
    """One or more metrics of an evaluator, to be averaged."""

    evaluator: str
    metrics: tuple[str, ...]
    title: str
    percent: bool

    @property
    def heading(self) -> str:
        """The title with its unit."""
        return f"{self.title} (%)" if self.percent else self.title

    @property
    def is_task(self) -> bool:
        """Whether it is zero-shot transfer."""
        return self.evaluator in TASKS


def measures(evaluators: Sequence[str]) -> list[Measure]:
    """Lists the measures that compare rows: the score of tasks, and the curves of probes.

    Curves that have no better end are skipped, as no layer is selected for them."""
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
    """The score of one run."""

    value: float
    error: float
    """Standard error over the test items; NaN without an interval."""
    items: int
    outcomes: tuple[Outcome, ...]
    """Outcomes of each metric; empty without per-item outcomes."""
    lines: tuple[int, ...]
    """Lines of the CSV file."""


def score_of(found: Sequence[tuple[Run, Result]]) -> Score:
    """Combines the metrics of one run."""
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
    """Returns the 95% interval of a mean over seeds, for results without per-item outcomes.

    All seeds are tested on the same items, whose error therefore does not shrink with the number of
    seeds: the variance is that of the mean over seeds plus the mean variance over items. Degrees of
    freedom are Satterthwaite's; items are so many that theirs count as infinite.
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

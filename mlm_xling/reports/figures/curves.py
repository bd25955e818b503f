"""Grouping of curves into panels, and their look in all figures."""

from collections.abc import Iterable
from typing import NamedTuple

from mlm_xling.evaluation.evaluators import EVALUATORS, METRICS
from mlm_xling.reports.figures.style import (
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    PURPLE,
    RUNS,
    VERMILION,
)
from mlm_xling.reports.selection import CURVES

TITLES = {
    "cka": "Similarity of translations (CKA)",
    "retrieval": "Translation retrieval (P@1)",
}
"""Panel titles; by default the evaluator's name."""


class Look(NamedTuple):
    """Colour and marker of a curve in Matplotlib."""

    colour: str
    marker: str


PANELS: dict[str, tuple[str, ...]] = {
    name: curves
    for name, evaluator in EVALUATORS.items()
    if (curves := tuple(dict.fromkeys(m.curve for m in evaluator.metrics.values() if m.curve)))
}
"""The curves of each evaluator that has any."""
LOOKS = {
    curve: Look(RUNS[i % len(RUNS)], MARKERS[i % len(MARKERS)])
    for curves in PANELS.values()
    for i, curve in enumerate(curves)
} | {
    "CKA": Look(BLUE, "o"),
    "CKA debiased": Look(VERMILION, "s"),
    "CKA permuted pairs": Look(GREY, "x"),
    "P@1 raw": Look(ORANGE, "o"),
    "P@1 centred": Look(GREEN, "s"),
    "P@1 Procrustes": Look(BLUE, "D"),
    "P@1 Procrustes, shrunk": Look(PURPLE, "^"),
}
"""Colours and markers in rotation; those of CKA and P@1 differ from each other, too."""


def metrics_of(curves: Iterable[str]) -> list[str]:
    """Lists the metrics that are averaged in curves."""
    return [metric for curve in curves for metric in CURVES[curve]]


def in_percent(curves: Iterable[str]) -> bool:
    """Returns whether all curves are fractions shown in percent."""
    return all(METRICS[metric].percent for metric in metrics_of(curves))

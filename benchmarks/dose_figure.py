"""How figures grow with the amount of something: pairs of sentences, lines of another language."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.record import Record
from mlm_xling.reports.figures.rows import WIDTH
from mlm_xling.reports.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINES,
    ORANGE,
    PURPLE,
    VERMILION,
    baseline,
    baseline_handles,
    style,
)

CONTROLS = ((VERMILION, "D"), (ORANGE, "s"))
LEVELS = ((GREY, LINES["random"]),)
WORTHS = ((PURPLE, (0, (6, 2))), (GREEN, "-."))
HEIGHT = 2.1
"""Inches of a panel."""


class Measure(NamedTuple):
    """What a panel shows."""

    title: str
    fields: Mapping[str, str]
    """`metric` and other fields of its results."""
    baseline: Mapping[str, str] = {}
    """The same, with `model`, of what is scored without any encoder."""


class Dose(NamedTuple):
    """What is drawn of a record."""

    amount: str
    """What there are different amounts of; the title of the horizontal axis."""
    form: str
    """How an amount is written: `{:,}`."""
    runs: Mapping[str, float]
    """Name of each run -> its amount, from none to the most."""
    controls: Mapping[str, Mapping[str, float]]
    """Title -> the same of runs whose amount is of something else."""
    levels: Mapping[str, tuple[str, str]]
    """Title -> a run, and a model of it, whose figure is a line across."""
    measures: Sequence[Measure]
    worths: Mapping[str, str] = {}
    """Title -> `like` of a level of `Record.reached`, which is drawn with the amounts."""


STRINGS = {"metric": "lexical_p@1", "model": "lexical"}
TLM = Dose(
    "pairs of sentences",
    "{:,}",
    {"pairs_0": 0, "pairs_100": 100, "pairs_1000": 1_000, "pairs_4000": 4_000},
    {
        "partners shuffled": {"shuffled_4000": 4_000},
        "no attention across": {"blocked_4000": 4_000},
    },
    {"untrained": ("pairs_0", "random")},
    (
        Measure("retrieval, centred", {"metric": "p@1_centred"}, STRINGS),
        Measure("retrieval, Procrustes", {"metric": "p@1_procrustes"}, STRINGS),
        Measure("CKA, debiased", {"metric": "cka_debiased"}),
    ),
    {"as much again as without pairs": "", "no pairs, but shared ids": "anchors_0"},
)
CONTAMINATION = Dose(
    "lines of b in the text of a",
    "{:g}%",
    {"dose_0": 0, "dose_1e-4": 0.01, "dose_1e-3": 0.1, "dose_1e-2": 1, "dose_1e-1": 10},
    {"words shuffled": {"shuffled_1e-2": 1, "shuffled_1e-1": 10}},
    {"untrained": ("dose_0", "random")},
    (
        Measure("retrieval, Procrustes", {"metric": "p@1_procrustes"}, STRINGS),
        Measure(
            "parsing, LAS on b",
            {"metric": "las", "evaluator": "parsing"},
            {"metric": "las", "evaluator": "parsing", "model": "lookup"},
        ),
        Measure(
            "tags of b",
            {"metric": "accuracy", "evaluator": "pos"},
            {"metric": "accuracy", "evaluator": "pos", "model": "lookup"},
        ),
    ),
)
FIGURES = {"tlm": TLM, "contamination": CONTAMINATION}
"""The doses that are drawn, by the name of their record."""


def dose_figure(record: Record, dose: Dose) -> Figure:
    """Draws each measure against the amount, of the runs there are, in a panel each.

    Amounts are at equal distances, not to scale. Bars are what stands in brackets on the record's
    page.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT * len(dose.measures) + 1.2), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(dose.measures), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (title, fields, lookup) in zip(grid, dose.measures, strict=True):
        if lookup:
            baseline(axes, record.chosen_figure(next(iter(dose.runs)), **lookup)[0])
        for (colour, line), (run, model) in zip(LEVELS, dose.levels.values(), strict=True):
            mean = record.chosen_figure(run, model=model, **fields)[0]
            axes.axhline(mean, color=colour, linestyle=line, linewidth=1.3, zorder=2)
        for (colour, line), like in zip(WORTHS, dose.worths.values(), strict=False):
            _draw_worth(axes, record, dose, fields["metric"], like, color=colour, ls=line)
        for (colour, marker), runs in zip(CONTROLS, dose.controls.values(), strict=False):
            _draw(axes, record, fields, dose, runs, color=colour, marker=marker, mfc="white", ls="")
        _draw(axes, record, fields, dose, dose.runs, color=BLUE, marker="o")
        style(axes, percent=True)
        axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes = grid[-1]
    axes.set_xticks(range(len(dose.runs)), map(dose.form.format, dose.runs.values()))
    axes.set_xlim(-0.3, len(dose.runs) - 0.7)
    axes.set_xlabel(dose.amount, color=INK)
    figure.legend(
        handles=_handles(dose), loc="outside lower center", ncols=2, frameon=False, labelcolor=INK,
        fontsize=9, handlelength=2.6,
    )  # fmt: skip
    return figure


def _draw(
    axes: Axes,
    record: Record,
    fields: Mapping[str, str],
    dose: Dose,
    runs: Mapping[str, float],
    **look: Any,
) -> None:
    drawn = {
        _place(dose, amount): record.chosen_figure(run, **fields)
        for run, amount in runs.items()
        if record.seeds(run)
    }
    means = [mean for mean, *_ in drawn.values()]
    bars = [[abs(end - mean) for end in ends or (mean, mean)] for mean, *ends in drawn.values()]
    axes.errorbar(
        [*drawn], means, yerr=[*zip(*bars, strict=True)] or None, capsize=2, zorder=3, **look
    )


def _draw_worth(
    axes: Axes, record: Record, dose: Dose, metric: str, like: str, *, color: str, ls: Any
) -> None:
    """Draws a level, and on it the amounts that reach it: the median, from lowest to highest."""
    if not all(map(record.seeds, filter(None, (*dose.runs, like)))):
        return
    reached = record.reached(dose.runs, metric, like)
    level = float(np.mean(reached.levels))
    axes.axhline(level, color=color, linestyle=ls, linewidth=1.3, zorder=2)
    low, middle, high = (_place(dose, amount) for amount in reached.range)
    if np.isfinite(low):
        axes.plot([low, min(high, len(dose.runs))], [level] * 2, color=color, lw=5, alpha=0.4)
    if np.isfinite(middle):
        axes.vlines(middle, 0, level, color=color, linewidth=0.9)
        axes.plot(middle, level, color=color, marker="v", mec="white", markersize=9, zorder=4)


def _place(dose: Dose, amount: float) -> float:
    """Where an amount stands on the horizontal axis, by the logarithm of 1 + amount."""
    if np.isinf(amount):
        return amount
    known = np.log1p([*dose.runs.values()])
    return float(np.interp(np.log1p(amount), known, np.arange(len(known))))


def _handles(dose: Dose) -> list[Line2D]:
    controls = zip(dose.controls, CONTROLS, strict=False)
    lines = zip((*dose.levels, *dose.worths), (*LEVELS, *WORTHS), strict=False)
    crossing = Line2D([], [], color=GREY, marker="v", ls="", label="reached (median, range)")
    return [
        Line2D([], [], color=BLUE, marker="o", label="trained"),
        *(
            Line2D([], [], color=colour, marker=marker, mfc="white", ls="", label=title)
            for title, (colour, marker) in controls
        ),
        *([crossing] if dose.worths else []),
        *(Line2D([], [], color=colour, ls=line, label=title) for title, (colour, line) in lines),
        *baseline_handles(0.0),
    ]

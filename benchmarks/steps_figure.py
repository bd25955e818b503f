"""What emerges when: measures over the steps of training, with and without shared ids."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from benchmarks.dose_figure import Measure
from benchmarks.record import Record
from mlm_xling.reports.figures.rows import WIDTH
from mlm_xling.reports.figures.style import (
    BLUE,
    DOTTED,
    GREEN,
    GREY,
    INK,
    LINES,
    ORANGE,
    VERMILION,
    style,
)

PANELS = {"default": "with shared ids", "no_anchors": "without shared ids"}
STEPS = (500, 1_000, 2_000, 4_000, 8_000, 12_000)
UNTRAINED = STEPS[0] / 1.5
"""Where the untrained encoder stands on a logarithmic axis, which has no 0."""
LAS = {"metric": "las", "evaluator": "parsing"}
MEASURES = (
    Measure("parsing, LAS", LAS, {**LAS, "model": "lookup"}),
    Measure("names, F1", {"metric": "f1", "evaluator": "ner"}),
    Measure("retrieval, raw", {"metric": "p@1_raw"}),
    Measure("CKA, debiased", {"metric": "cka_debiased"}),
)
PERPLEXITY = {"metric": "dev_perplexity"}
LOOKS = ((BLUE, "o"), (GREEN, "D"), (ORANGE, "s"), (VERMILION, "^"))
HEIGHT = 2.9
"""Inches of a panel."""


def steps_figure(record: Record) -> Figure:
    """Draws all measures over the steps, with a panel for each row of runs, and one of perplexity.

    Bars are what stands in brackets on the record's page.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT * (len(PANELS) + 1)), layout="constrained")
    FigureCanvasAgg(figure)
    *grid, last = figure.subplots(len(PANELS) + 1, 1, sharex=True)
    for axes, (row, title) in zip(grid, PANELS.items(), strict=True):
        for measure, (colour, marker) in zip(MEASURES, LOOKS, strict=True):
            _draw(axes, record, row, measure, color=colour, marker=marker)
        style(axes, percent=True)
        axes.set_title(title, color=INK, fontsize=11, loc="left")
    _draw_perplexity(last, record)
    _step_axis(last)
    figure.legend(
        handles=_handles(), loc="outside lower center", ncols=2, frameon=False, labelcolor=INK,
        fontsize=10, handlelength=2.6,
    )  # fmt: skip
    return figure


def _draw(axes: Axes, record: Record, row: str, measure: Measure, **look: Any) -> None:
    runs = [f"{row}_{step}" for step in STEPS]
    untrained = record.chosen_figure(runs[0], model="random", **measure.fields)[0]
    axes.axhline(untrained, color=look["color"], linestyle=LINES["random"], lw=1, alpha=0.7)
    axes.plot(UNTRAINED, untrained, mfc="white", clip_on=False, zorder=3, **look)
    if measure.baseline:
        level = record.chosen_figure(runs[0], **measure.baseline)[0]
        axes.axhline(level, color=look["color"], linestyle=DOTTED, linewidth=1.2)
    means, lows, highs = np.transpose([record.chosen_figure(run, **measure.fields) for run in runs])
    bars = [means - lows, highs - means]
    axes.errorbar(STEPS, means, yerr=bars, capsize=2, clip_on=False, zorder=3, **look)


def _draw_perplexity(axes: Axes, record: Record) -> None:
    """Draws the mean of both languages, on a logarithmic scale."""
    for (row, title), line in zip(PANELS.items(), ("-", DOTTED), strict=True):
        means = [record.chosen_figure(f"{row}_{step}", **PERPLEXITY)[0] for step in STEPS]
        axes.plot(STEPS, means, color=INK, linestyle=line, label=title, zorder=3)
    style(axes, bottom=2.0, top=200.0)
    axes.set_yscale("log")
    axes.set_yticks([2, 5, 10, 20, 50, 100, 200], ["2", "5", "10", "20", "50", "100", "200"])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_title("perplexity of dev text", color=INK, fontsize=11, loc="left")
    axes.legend(frameon=False, labelcolor=INK, fontsize=10, handlelength=2.6)


def _step_axis(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.set_xticks([UNTRAINED, *STEPS], [f"{step / 1000:g}" for step in (0, *STEPS)])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(UNTRAINED / 1.2, STEPS[-1] * 1.2)
    axes.tick_params(axis="x", pad=8)
    axes.set_xlabel("thousand steps of training", color=INK)


def _handles() -> list[Line2D]:
    measures = [
        Line2D([], [], color=colour, marker=marker, label=measure.title)
        for measure, (colour, marker) in zip(MEASURES, LOOKS, strict=True)
    ]
    return [
        *measures,
        Line2D([], [], color=GREY, marker="o", mfc="white", ls=LINES["random"], label="untrained"),
        Line2D([], [], color=BLUE, linestyle=DOTTED, label="parsing without a model"),
    ]

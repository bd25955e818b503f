"""Retrieval by number of parallel sentences that the map is fitted on."""

import re

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlm_xling.evaluation.probes.retrieval import CURVE_POINT
from mlm_xling.reports.figures.series import Runs
from mlm_xling.reports.figures.style import (
    INK,
    baseline,
    baseline_handles,
    headroom,
    legend,
    look,
    panels,
    shortened,
    style,
)  # fmt: skip
from mlm_xling.reports.selection import CURVES, baselines_beside, by_pair, level
from mlm_xling.results import TRAINED, Result, chosen_layer

RETRIEVAL = CURVES["P@1 Procrustes"]


def training_size_figure(runs: Runs) -> Figure | None:
    """Draws P@1 against the number of pairs that the map is fitted on.

    Each run is shown at the layer selected with all pairs.
    """
    curves = {
        name: [r for r in results if re.fullmatch(CURVE_POINT, r.metric) and r.model == TRAINED]
        for name, results in runs.items()
    }
    curves = {name: results for name, results in curves.items() if results}
    if not curves:
        return None
    drawn = [result for results in curves.values() for result in results]
    pairs = list(by_pair(drawn))
    figure, (row,) = panels(len(pairs))
    baselines = [
        r for results in runs.values() for r in results if r.metric in baselines_beside(RETRIEVAL)
    ]
    top = headroom(result.value for result in drawn + baselines)
    for axes, pair in zip(row, pairs, strict=True):
        baseline(axes, level(by_pair(baselines).get(pair, []), RETRIEVAL))
        lines = [_line(by_pair(runs[name]).get(pair, [])) for name in curves]
        for number, points in enumerate(lines):
            colour, marker = look(number)
            axes.plot(
                list(points), list(points.values()), color=colour, marker=marker,
                clip_on=False, zorder=3,
            )  # fmt: skip
        style(axes, percent=True, top=top)
        axes.set_xscale("log")
        sizes = sorted({size for line in lines for size in line})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("parallel sentences used for fitting", color=INK)
        axes.set_title(f"{pair[0]} – {pair[1]}", color=INK, fontsize=11, pad=10)
    row[0].set_ylabel("P@1, Procrustes, chosen layer", color=INK)
    handles = [
        Line2D([], [], color=colour, marker=marker, label=shortened(name))
        for i, name in enumerate(curves)
        for colour, marker in (look(i),)
    ]
    legend(row, handles + baseline_handles(level(baselines, RETRIEVAL)))
    return figure


def _line(results: list[Result]) -> dict[int, float]:
    """Returns size -> mean of both directions at the selected layer."""
    trained = [result for result in results if result.model == TRAINED]
    layer = chosen_layer(trained, RETRIEVAL)
    found: dict[int, list[float]] = {}
    for result in trained:
        size = re.fullmatch(CURVE_POINT, result.metric)
        if size and result.layer == layer:
            found.setdefault(int(size[1]), []).append(result.value)
    return {size: sum(values) / len(values) for size, values in sorted(found.items())}

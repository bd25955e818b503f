"""How many parallel sentences the map needs."""

import re

from matplotlib.lines import Line2D

from mlm_xling.evaluation.probes.retrieval import CURVE_POINT
from mlm_xling.reports.figures.series import Runs
from mlm_xling.reports.figures.style import (
    INK,
    MARKERS,
    RUNS,
    baseline,
    baseline_handles,
    headroom,
    legend,
    panels,
    png,
    style,
)  # fmt: skip
from mlm_xling.reports.selection import CURVES, beside, by_pair, level
from mlm_xling.results import Result

RETRIEVAL = CURVES["P@1 Procrustes"]


def training_size_figure(runs: Runs) -> bytes | None:
    """Draws P@1 of the best layer against the number of pairs that the map was fitted on."""
    curves = {
        name: [r for r in results if re.fullmatch(CURVE_POINT, r.metric) and r.model == "trained"]
        for name, results in runs.items()
    }
    curves = {name: results for name, results in curves.items() if results}
    if not curves:
        return None
    drawn = [result for results in curves.values() for result in results]
    pairs = list(by_pair(drawn))
    figure, (row,) = panels(len(pairs))
    baselines = [r for results in runs.values() for r in results if r.metric in beside(RETRIEVAL)]
    top = headroom(result.value for result in drawn + baselines)
    for axes, pair in zip(row, pairs, strict=True):
        baseline(axes, level(by_pair(baselines).get(pair, []), RETRIEVAL))
        lines = [_best_layers(by_pair(results).get(pair, [])) for results in curves.values()]
        for number, points in enumerate(lines):
            axes.plot(
                list(points), list(points.values()), color=RUNS[number % len(RUNS)],
                marker=MARKERS[number % len(MARKERS)], clip_on=False, zorder=3,
            )  # fmt: skip
        style(axes, percent=True, top=top)
        axes.set_xscale("log")
        sizes = sorted({size for line in lines for size in line})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("parallel sentences to fit on", color=INK)
        axes.set_title(f"{pair[0]} – {pair[1]}", color=INK, fontsize=11, pad=10)
    row[0].set_ylabel("P@1, Procrustes, best layer", color=INK)
    handles = [
        Line2D([], [], color=RUNS[i % len(RUNS)], marker=MARKERS[i % len(MARKERS)], label=name)
        for i, name in enumerate(curves)
    ]
    legend(row[-1], handles + baseline_handles(level(baselines, RETRIEVAL)))
    return png(figure)


def _best_layers(results: list[Result]) -> dict[int, float]:
    """Size -> the best layer's mean of both directions."""
    found: dict[int, dict[int | None, list[float]]] = {}
    for result in results:
        size = re.fullmatch(CURVE_POINT, result.metric)
        assert size is not None
        found.setdefault(int(size[1]), {}).setdefault(result.layer, []).append(result.value)
    return {
        size: max(sum(values) / len(values) for values in layers.values())
        for size, layers in sorted(found.items())
    }

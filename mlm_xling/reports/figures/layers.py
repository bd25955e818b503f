"""The per-layer figure: what emerged, and where in the encoder."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlm_xling.reports.figures.curves import LOOKS, PANELS, TITLES, in_percent, metrics_of
from mlm_xling.reports.figures.style import (
    INK,
    LINES,
    baseline,
    baseline_handles,
    ends,
    layer_axis,
    legend,
    panels,
    style,
)
from mlm_xling.reports.selection import CURVES, baselines_beside, by_pair, curve, items_of, level
from mlm_xling.results import RANDOM, TRAINED, Result

MODELS = (TRAINED, RANDOM)


def layer_figure(results: list[Result]) -> Figure | None:
    """Draws a column per language pair and a row per evaluator with curves.

    Evaluators without measurements have no row; without any, returns None. Trained encoders are
    solid, untrained ones dashed; retrieval is the mean of both directions.
    """
    measured = {result.metric for result in results if result.layer is not None}
    rows = {
        evaluator: shown
        for evaluator, curves in PANELS.items()
        if (shown := tuple(name for name in curves if measured.intersection(CURVES[name])))
    }
    if not rows:
        return None
    metrics = {metric for curves in rows.values() for metric in metrics_of(curves)}
    shown = [result for result in results if result.metric in metrics]
    pairs, last = list(by_pair(shown)), max(1, *(result.layer or 0 for result in shown))
    figure, grid = panels(len(pairs), rows=len(rows))
    for axes_of_row, (evaluator, curves) in zip(grid, rows.items(), strict=True):
        asked = set(metrics_of(curves))
        given = [r for r in results if r.metric in asked | baselines_beside(asked)]
        bottom, top = ends(result.value for result in given)
        for axes, pair in zip(axes_of_row, pairs, strict=True):
            _draw(axes, by_pair(given).get(pair, []), curves)
            style(axes, percent=in_percent(curves), bottom=bottom, top=top)
            of_pair = [r for r in shown if r.metric in asked and (r.source, r.target) == pair]
            axes.set_title(_title(pair, of_pair), color=INK, fontsize=11, pad=10)
        axes_of_row[0].set_ylabel(TITLES.get(evaluator, evaluator), color=INK)
        drawn = [model for model in MODELS if any(r.model == model for r in given)]
        legend(axes_of_row, _handles(curves, drawn) + baseline_handles(level(given, asked)))
    for axes in grid[-1]:
        layer_axis(axes, last)
    return figure


def _draw(axes: Axes, results: list[Result], curves: tuple[str, ...]) -> None:
    for name in curves:
        for model in MODELS:
            values = curve(results, model, name)
            if not values:  # An empty line would still take up space in the layout.
                continue
            axes.plot(
                list(values),
                list(values.values()),
                color=LOOKS[name].colour,
                linestyle=LINES[model],
                linewidth=2.0 if model == TRAINED else 1.3,
                marker=LOOKS[name].marker,
                markersize=5 if model == TRAINED else 3.5,
                alpha=1.0 if model == TRAINED else 0.75,
                clip_on=False,
                zorder=3,
            )
    baseline(axes, level(results, metrics_of(curves)))


def _handles(curves: tuple[str, ...], models: list[str]) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker=marker, linewidth=2, label=name)
        for name in curves
        for colour, marker in (LOOKS[name],)
    ]
    return handles + [
        Line2D([], [], color=INK, linestyle=LINES[model], label=f"{model} encoder")
        for model in models
    ]


def _title(pair: tuple[str, str], results: list[Result]) -> str:
    title = " – ".join(pair) + (f"   (n = {items_of(results)})" if results else "")
    seen = max((result.seen or 0.0 for result in results), default=0.0)
    return title + (f"\n{seen:.0%} of the pairs seen in pretraining" if seen else "")

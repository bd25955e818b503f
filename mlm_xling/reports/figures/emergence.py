"""Emergence of structure: probes during training, against steps and against perplexity."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.figures.curves import LOOKS, in_percent, metrics_of
from mlm_xling.reports.figures.style import (
    INK,
    baseline,
    baseline_handles,
    ends,
    legend,
    panels,
    style,
)  # fmt: skip
from mlm_xling.reports.selection import CURVES, by_pair, level
from mlm_xling.results import RANDOM, TRAINED, Result, chosen_layer

_MIN_STEPS = 2
"""Minimum number of steps for a curve."""
TICKS = 4
"""Maximum number of labelled ticks on an axis."""


def emergence_figure(results: list[Result], curves: tuple[str, ...], label: str) -> Figure | None:
    """Draws curves against steps (top) and dev perplexity (bottom), with a column per pair.

    Each curve is shown at the layer selected at the last step. The perplexity is the geometric mean
    over both languages, decreasing to the right.

    Args:
      label: label of the vertical axis.
    """
    metrics = metrics_of(curves)
    probed = [r for r in results if r.model == TRAINED and r.metric in metrics]
    perplexity = {(r.source, r.step): r.value for r in results if r.metric == "dev_perplexity"}
    steps = {step for _, step in perplexity}
    probed = [result for result in probed if result.step in steps]
    if len({result.step for result in probed}) < _MIN_STEPS:
        return None
    probed += _before_training(probed, results)
    pairs, given = by_pair(probed), by_pair(results)
    bottom, top = ends(result.value for result in probed)
    figure, grid = panels(len(pairs), rows=2, share_x="row")
    for column, ((source, target), of_pair) in enumerate(pairs.items()):
        against_steps, against_perplexity = grid[0][column], grid[1][column]
        for name in curves:
            line = _over_steps(of_pair, name)
            _plot(against_steps, line, name)
            means = {step: _mean_perplexity(perplexity, source, target, step) for step in line}
            _plot(
                against_perplexity,
                {mean: line[step] for step, mean in means.items() if mean is not None},
                name,
            )
        beside = level(given[source, target], metrics)
        for axes in (against_steps, against_perplexity):
            baseline(axes, beside)
            style(axes, percent=in_percent(curves), bottom=bottom, top=top)
        against_steps.set_title(f"{source} – {target}", color=INK, fontsize=11, pad=10)
        _axes_of(against_steps, against_perplexity, sorted({r.step for r in probed}))
    for row in grid:
        row[0].set_ylabel(label, color=INK)
    handles = [
        Line2D([], [], color=LOOKS[name].colour, marker=LOOKS[name].marker, label=name)
        for name in curves
        if {result.metric for result in probed}.intersection(CURVES[name])
    ]
    legend(grid[0], handles + baseline_handles(level(results, metrics)))
    return figure


def _before_training(probed: list[Result], results: list[Result]) -> list[Result]:
    """Returns results of the untrained encoder, i.e. of step 0, on the same items, if measured."""
    same = {(r.metric, r.source, r.target, r.layer, r.items) for r in probed}
    return [
        r
        for r in results
        if r.model == RANDOM and (r.metric, r.source, r.target, r.layer, r.items) in same
    ]


def _over_steps(results: list[Result], curve: str) -> dict[int, float]:
    """Returns step -> mean of a curve's metrics, at the layer selected at the last step.

    If neither end of the scale is better, all layers are averaged.
    """
    shown = [result for result in results if result.metric in CURVES[curve]]
    if METRICS[CURVES[curve][0]].ranked:
        last = max((result.step for result in shown), default=0)
        layer = chosen_layer([r for r in shown if r.step == last], CURVES[curve])
        shown = [result for result in shown if result.layer == layer]
    values: dict[int, list[float]] = {}
    for result in shown:
        values.setdefault(result.step, []).append(result.value)
    return {step: sum(found) / len(found) for step, found in sorted(values.items())}


def _mean_perplexity(
    perplexity: dict[tuple[str, int], float], source: str, target: str, step: int
) -> float | None:
    both = [perplexity.get((language, step)) for language in (source, target.removesuffix("'"))]
    if both[0] is None or both[1] is None:
        return None
    return (both[0] * both[1]) ** 0.5


def _plot(axes: Axes, values: dict, curve: str) -> None:
    if values:
        colour, marker = LOOKS[curve]
        axes.plot(
            list(values), list(values.values()), color=colour, marker=marker,
            markersize=4, clip_on=False, zorder=3,
        )  # fmt: skip


def _axes_of(against_steps: Axes, against_perplexity: Axes, steps: list[int]) -> None:
    against_steps.set_xlabel("training step", color=INK)
    against_steps.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    at_steps = FixedLocator(steps) if len(steps) <= TICKS else MaxNLocator(TICKS)
    against_steps.xaxis.set_major_locator(at_steps)
    against_perplexity.set_xscale("log")
    high, low = sorted(against_perplexity.get_xlim(), reverse=True)
    few = high < 10 * low  # ticks at 1, 2 and 5 would be one or two
    ticks = MaxNLocator(TICKS) if few else LogLocator(subs=(1, 2, 5))
    against_perplexity.xaxis.set_major_locator(ticks)
    against_perplexity.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    against_perplexity.xaxis.set_minor_locator(NullLocator())
    if not against_perplexity.xaxis_inverted():  # of a row, which shares its scale
        against_perplexity.invert_xaxis()
    against_perplexity.set_xlabel("dev perplexity (falling)", color=INK)

"""The per-layer figure: what emerged, and where in the encoder."""

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mlm_xling.reports.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINES,
    ORANGE,
    VERMILION,
    baseline,
    baseline_handles,
    layer_axis,
    legend,
    panels,
    png,
    style,
)  # fmt: skip
from mlm_xling.reports.selection import CURVES, beside, by_pair, curve, level
from mlm_xling.results import Result

COLOURS = {
    "CKA": BLUE,
    "CKA debiased": VERMILION,
    "CKA permuted pairs": GREY,
    "P@1 raw": ORANGE,
    "P@1 centred": GREEN,
    "P@1 Procrustes": BLUE,
}
MARKERS = {
    "CKA": "o",
    "CKA debiased": "s",
    "CKA permuted pairs": "x",
    "P@1 raw": "o",
    "P@1 centred": "s",
    "P@1 Procrustes": "D",
}
PANELS = {
    "Similarity of translations (CKA)": ("CKA", "CKA debiased", "CKA permuted pairs"),
    "Translation retrieval (P@1)": ("P@1 raw", "P@1 centred", "P@1 Procrustes"),
}
MODELS = ("trained", "random")


def layer_figure(results: list[Result]) -> bytes | None:
    """Draws a PNG: a column for each language pair, a row for each kind of measurement.

    Kinds that were not measured have no row; without any there is no figure. Trained encoders
    are solid, random ones dashed; retrieval is the mean of both directions.
    """
    metrics = {metric for names in PANELS.values() for metric in _metrics(names)}
    if not any(result.metric in metrics for result in results):
        return None
    results = [result for result in results if result.metric in metrics | beside(metrics)]
    pairs, measured = by_pair(results), {result.metric for result in results}
    last = max(1, *(result.layer or 0 for result in results))
    shown = {
        title: names
        for title, names in PANELS.items()
        if any(measured.intersection(CURVES[name]) for name in names)
    }
    figure, grid = panels(len(pairs), rows=len(shown))
    for row, (title, names) in zip(grid, shown.items(), strict=True):
        for axes, of_pair in zip(row, pairs.values(), strict=True):
            _draw(axes, of_pair, names)
            baseline(axes, level(of_pair, _metrics(names)))
            style(axes, percent=names[0].startswith("P@1"))
        row[0].set_ylabel(title, color=INK)
        legend(row[-1], _handles(names) + baseline_handles(level(results, _metrics(names))))
    for axes, ((source, target), of_pair) in zip(grid[0], pairs.items(), strict=True):
        axes.set_title(_pair_title(source, target, of_pair), color=INK, fontsize=11, pad=10)
    for axes in grid[-1]:
        layer_axis(axes, last)
    return png(figure)


def _metrics(names: tuple[str, ...]) -> list[str]:
    return [metric for name in names for metric in CURVES[name]]


def _draw(axes: Axes, results: list[Result], names: tuple[str, ...]) -> None:
    for name in names:
        for model in MODELS:
            values = curve(results, model, name)
            if not values:  # An empty line would still claim a place in the layout.
                continue
            axes.plot(
                list(values),
                list(values.values()),
                color=COLOURS[name],
                linestyle=LINES[model],
                linewidth=2.0 if model == "trained" else 1.3,
                marker=MARKERS[name],
                markersize=5 if model == "trained" else 3.5,
                alpha=1.0 if model == "trained" else 0.75,
                clip_on=False,
                zorder=3,
            )


def _handles(names: tuple[str, ...]) -> list[Line2D]:
    handles = [
        Line2D([], [], color=COLOURS[name], marker=MARKERS[name], linewidth=2, label=name)
        for name in names
    ]
    return handles + [
        Line2D([], [], color=INK, linestyle=LINES[model], label=f"{model} encoder")
        for model in MODELS
    ]


def _pair_title(source: str, target: str, results: list[Result]) -> str:
    title = f"{source} – {target}   (n = {results[0].n:,})"
    seen = max((result.seen or 0.0 for result in results), default=0.0)
    return title + (f"\n{seen:.0%} of the pairs seen in pretraining" if seen else "")

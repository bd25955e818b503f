"""The per-layer figure: what emerged, and where in the encoder."""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlm_xling.evaluation.results import Result
from mlm_xling.report.selection import FAMILIES, by_pair, curve

# Okabe and Ito's palette, which stays apart under the common colour blindnesses.
COLOURS = {
    "CKA": "#0072B2",
    "CKA debiased": "#D55E00",
    "CKA permuted pairs": "#8C8C8C",
    "P@1 raw": "#E69F00",
    "P@1 centred": "#009E73",
    "P@1 Procrustes": "#0072B2",
}
MARKERS = {
    "CKA": "o",
    "CKA debiased": "s",
    "CKA permuted pairs": "x",
    "P@1 raw": "o",
    "P@1 centred": "s",
    "P@1 Procrustes": "D",
}
LINES = {"trained": "-", "random": (0, (4, 2))}
PANELS = {
    "Similarity of translations (CKA)": ("CKA", "CKA debiased", "CKA permuted pairs"),
    "Translation retrieval (P@1)": ("P@1 raw", "P@1 centred", "P@1 Procrustes"),
}
INK, GRID = "#333333", "#E4E4E4"


def layer_figure(results: list[Result]) -> bytes:
    """Draws a PNG: a column for each language pair, a row for each kind of measurement.

    Kinds that were not measured have no row. Trained encoders are solid, random ones dashed;
    retrieval is the mean of both directions.
    """
    pairs = by_pair(results)
    measured = {result.metric for result in results}
    last = max(1, *(result.layer or 0 for result in results))
    panels = {
        title: families
        for title, families in PANELS.items()
        if any(measured.intersection(FAMILIES[family]) for family in families)
    }
    figure = Figure(figsize=(2.6 + 3.4 * len(pairs), 0.5 + 2.9 * len(panels)), layout="constrained")
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(hspace=0.08, wspace=0.04)  # pyright: ignore
    grid = figure.subplots(len(panels), len(pairs), sharex="col", sharey="row", squeeze=False)
    for row, (title, families) in zip(grid, panels.items(), strict=True):
        for axes, of_pair in zip(row, pairs.values(), strict=True):
            _draw(axes, of_pair, families)
            _style(axes, percent=families[0].startswith("P@1"))
        row[0].set_ylabel(title, color=INK)
        _legend(row[-1], families)
    for axes, ((source, target), of_pair) in zip(grid[0], pairs.items(), strict=True):
        axes.set_title(_pair_title(source, target, of_pair), color=INK, fontsize=11, pad=10)
    for axes in grid[-1]:
        axes.set_xlabel("layer (0 = embeddings)", color=INK)
        axes.set_xlim(-0.3, last + 0.3)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    return buffer.getvalue()


def _draw(axes: Axes, results: list[Result], families: tuple[str, ...]) -> None:
    for family in families:
        for model, style in LINES.items():
            values = curve(results, model, family)
            if not values:  # An empty line would still claim a place in the layout.
                continue
            axes.plot(
                list(values),
                list(values.values()),
                color=COLOURS[family],
                linestyle=style,
                linewidth=2.0 if model == "trained" else 1.3,
                marker=MARKERS[family],
                markersize=5 if model == "trained" else 3.5,
                alpha=1.0 if model == "trained" else 0.75,
                clip_on=False,
                zorder=3,
            )


def _style(axes: Axes, percent: bool) -> None:
    axes.set_ylim(0, 1)
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#B0B0B0")


def _legend(axes: Axes, families: tuple[str, ...]) -> None:
    """What colours and lines mean, to the right of the last panel of a row."""
    handles = [
        Line2D([], [], color=COLOURS[name], marker=MARKERS[name], linewidth=2, label=name)
        for name in families
    ]
    handles += [
        Line2D([], [], color=INK, linestyle=style, label=f"{model} encoder")
        for model, style in LINES.items()
    ]
    axes.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        frameon=False,
        labelcolor=INK,
        handlelength=2.6,
    )


def _pair_title(source: str, target: str, results: list[Result]) -> str:
    title = f"{source} – {target}   (n = {results[0].n:,})"
    seen = max((result.seen or 0.0 for result in results), default=0.0)
    return title + (f"\n{seen:.0%} of the pairs seen in pretraining" if seen else "")

"""Curves over layers of several runs in one figure, with a column per language pair."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlm_xling.reports.figures.style import (
    GREY,
    INK,
    LINES,
    baseline,
    baseline_handles,
    headroom,
    layer_axis,
    legend,
    look,
    panels,
    shortened,
    style,
)  # fmt: skip
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.selection import baselines_beside, by_pair, items_of, level, mean_by_layer
from mlm_xling.results import TRAINED, Result

Runs = Mapping[str, list[Result]]
"""Results of each run by name; the first is the one reported."""


@dataclass(frozen=True)
class Variant:
    """One way of measuring, drawn with one line style."""

    label: str
    metrics: tuple[str, ...]
    """Metrics to average: both directions."""
    line: object = "-"


def layered_figure(
    runs: Runs, variants: tuple[Variant, ...], label: str, *, percent: bool
) -> Figure | None:
    """Draws each variant of each run over the layers, with untrained encoders in grey.

    A value without a layer (static embeddings) is left of layer 0, one of baseline vectors is a
    horizontal line. Returns None without data.
    """
    metrics = {metric for variant in variants for metric in variant.metrics}
    chosen = {
        name: [result for result in results if result.metric in metrics]
        for name, results in runs.items()
    }
    chosen = {name: results for name, results in chosen.items() if results}
    if not chosen:
        return None
    everything = [result for results in chosen.values() for result in results]
    shown = metrics | baselines_beside(metrics)
    given = [result for results in runs.values() for result in results if result.metric in shown]
    pairs = list(by_pair(everything))
    last = max(1, *(result.layer or 0 for result in everything))
    static = any(result.layer is None for result in everything)
    figure, (row,) = panels(len(pairs))
    top = headroom(result.value for result in given)
    for axes, pair in zip(row, pairs, strict=True):
        baseline(axes, level(by_pair(given)[pair], metrics))
        for number, results in enumerate(chosen.values()):
            _draw(axes, by_pair(results).get(pair, []), variants, number, last)
        style(axes, percent=percent, top=top)
        layer_axis(axes, last)
        if static:
            axes.set_xlim(-1.4, last + 0.3)
            axes.set_xticks([-1, *range(last + 1)], ["static", *map(str, range(last + 1))])
        count = items_of(result for result in everything if (result.source, result.target) == pair)
        title = f"{pair[0]} – {pair[1]}   (n = {count})"
        axes.set_title(title, color=INK, fontsize=11, pad=10)
    row[0].set_ylabel(label, color=INK)
    handles = _handles(list(chosen), variants, everything)
    legend(row, handles + baseline_handles(level(given, metrics)))
    return figure


def _draw(
    axes: Axes, results: list[Result], variants: tuple[Variant, ...], number: int, last: int
) -> None:
    for variant in variants:
        # Baselines are drawn for the first variant only; the tables list all of them.
        shown = results if variant is variants[0] else [r for r in results if r.model == TRAINED]
        for model in dict.fromkeys(result.model for result in shown):
            of_model = [result for result in shown if result.model == model]
            values = mean_by_layer(of_model, variant.metrics)
            if model == "vectors" and None in values:
                axes.plot([-1.4, last + 0.3], [values[None]] * 2, color=INK, linewidth=1)
                continue
            trained = model == TRAINED
            colour, marker = look(number)
            shape = {
                "color": colour if trained else GREY,
                "linestyle": variant.line if trained else LINES.get(model, ":"),
                "marker": marker,
                "markersize": 5 if trained else 3.5,
                "clip_on": False,
                "zorder": 3 if trained else 2,
            }
            if None in values:
                face = shape["color"] if variant is variants[0] else "white"
                axes.plot([-1], [values[None]], markerfacecolor=face, **shape)
            layers = [layer for layer in values if layer is not None]
            if layers:
                axes.plot(layers, [values[layer] for layer in layers], **shape)


def _handles(
    names: list[str], variants: tuple[Variant, ...], results: list[Result]
) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker=marker, label=shortened(name))
        for i, name in enumerate(names)
        for colour, marker in (look(i),)
    ]
    if len(variants) > 1:
        measured = {result.metric for result in results}
        handles += [
            Line2D([], [], color=INK, linestyle=variant.line, label=variant.label)  # pyright: ignore
            for variant in variants
            if measured.intersection(variant.metrics)
        ]
    models = dict.fromkeys(result.model for result in results if result.model != TRAINED)
    for model in models:
        line = "-" if model == "vectors" else LINES.get(model, ":")
        colour = INK if model == "vectors" else GREY
        label = "supplied vectors" if model == "vectors" else f"{shown_model(model)} encoder"
        handles.append(Line2D([], [], color=colour, linestyle=line, label=label))
    return handles

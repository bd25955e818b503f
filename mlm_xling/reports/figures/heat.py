"""Heat maps: similarity by layer and model (Figure 7), and over all pairs of layers."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlm_xling.evaluation.probes.cka import LAYER_PAIR
from mlm_xling.reports.figures.series import Runs
from mlm_xling.reports.figures.style import HEAT, INK, panels, shortened
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.selection import by_pair, mean_by_layer
from mlm_xling.results import RANDOM, RANDOM_TARGET, TRAINED, Result

Column = tuple[str, dict[int, float]]


def similarity_figure(runs: Runs, metric: str) -> Figure | None:
    """Draws a panel per pair, layers by models, with the mean over layers at the bottom.

    Cells of layers that a model does not have are empty.
    """
    chosen = {
        name: [result for result in results if result.metric == metric]
        for name, results in runs.items()
    }
    everything = [result for results in chosen.values() for result in results]
    if not everything:
        return None
    pairs = list(by_pair(everything))
    columns = {pair: _columns(chosen, pair, metric) for pair in pairs}
    widest = max(map(len, columns.values()))
    layers = sorted({result.layer for result in everything if result.layer is not None})
    figure, (row,) = panels(len(pairs), width=0.9 + 0.8 * widest, height=0.9 + 0.38 * len(layers))
    for axes, pair in zip(row, pairs, strict=True):
        of_columns = (values for _, values in columns[pair])
        table = np.array([[of.get(layer, np.nan) for layer in layers] for of in of_columns]).T
        table = np.vstack([table, np.nanmean(table, axis=0)])
        _cells(axes, table, _scale(everything))
        axes.axhline(len(layers) - 0.5, color="white", linewidth=3)
        names = [name for name, _ in columns[pair]]
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axes.set_title(f"{pair[0]} – {pair[1]}", color=INK, fontsize=11, pad=10)
    row[0].set_yticks(range(len(layers) + 1), [*(f"L{layer}" for layer in layers), "mean"])
    return figure


def _columns(runs: Runs, pair: tuple[str, str], metric: str) -> list[Column]:
    """Returns the untrained target, the untrained pair and the trained encoders of each run."""
    columns: list[Column] = []
    for name, results in runs.items():
        of_pair = by_pair(results).get(pair, [])
        for model in (RANDOM_TARGET, RANDOM, TRAINED):
            values = mean_by_layer([r for r in of_pair if r.model == model], (metric,))
            if values:
                label = (
                    shortened(name) if model == TRAINED else shown_model(model).replace(" ", "\n")
                )
                numbered = {layer: v for layer, v in values.items() if layer is not None}
                columns.append((label, numbered))
    return columns


def layer_pairs_figure(results: list[Result]) -> Figure | None:
    """Draws a panel per pair, source by target layers, for trained encoders."""
    chosen = [r for r in results if r.metric.startswith(LAYER_PAIR) and r.model == TRAINED]
    if not chosen:
        return None
    pairs = by_pair(chosen)
    size = 1 + max(result.layer or 0 for result in chosen)
    figure, (row,) = panels(len(pairs), width=0.9 + 0.5 * size, height=0.7 + 0.45 * size)
    for axes, ((_, target), of_pair) in zip(row, pairs.items(), strict=True):
        table = np.full((size, size), np.nan)
        for result in of_pair:
            table[result.layer or 0, int(result.metric.removeprefix(LAYER_PAIR))] = result.value
        _cells(axes, table, _scale(chosen))
        axes.set_xticks(range(size), [f"L{layer}" for layer in range(size)])
        axes.set_yticks(range(size), [f"L{layer}" for layer in range(size)])
        axes.set_xlabel(f"layer, {target}", color=INK)
    row[0].set_ylabel(f"layer, {next(iter(pairs))[0]}", color=INK)
    return figure


def _cells(axes: Axes, table: np.ndarray, scale: tuple[float, float]) -> None:
    low, high = scale
    axes.imshow(table, cmap=HEAT, vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            ink = "white" if value < (low + high) / 2 else "black"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=8)
    axes.tick_params(colors=INK, length=0)
    axes.spines[:].set_visible(False)


def _scale(results: list[Result]) -> tuple[float, float]:
    """Returns the limits of the colour scale: the range of all values, rounded to tenths."""
    values = [result.value for result in results]
    low, high = math.floor(min(values) * 10) / 10, math.ceil(max(values) * 10) / 10
    return low, max(high, low + 0.1)

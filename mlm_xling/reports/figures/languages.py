"""Similarity of all pairs of languages, as a heat map and a dendrogram."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram, leaves_list, linkage
from scipy.spatial.distance import squareform

from mlm_xling.reports.figures.style import HEAT, INK

Matrix = Float64[np.ndarray, "language language"]
_LARGEST_FONT, _SMALLEST_FONT = 10.0, 5.5
_SMALLEST_SIDE, _LARGEST_SIDE = 2.8, 12.0
"""Limits of the side length of a heat map, in inches."""
_A_LANGUAGE = 0.34
_WITH_NUMBERS = 15
"""Maximum number of languages for cells to contain numbers."""


class Clusters(NamedTuple):
    """Clusters of languages by complete linkage on 1 - similarity."""

    tree: Float64[np.ndarray, "merge 4"]
    """The tree of clusters, as returned by SciPy's `linkage`."""
    order: Int[np.ndarray, " language"]
    """The leaves in order."""


def cluster(similarity: Matrix) -> Clusters:
    """Merges the most similar languages first, by the least similar pair of two groups."""
    apart = squareform(np.maximum(1 - similarity, 0) * (1 - np.eye(len(similarity))), checks=False)
    tree = linkage(apart, "complete")
    return Clusters(tree, leaves_list(tree))


def languages_figure(languages: tuple[str, ...], matrices: Mapping[str, Matrix]) -> Figure:
    """Draws a row per model: a heat map and a dendrogram.

    Heat maps share the colour scale, and the order of the first model's dendrogram. Their cells
    contain numbers, or if there are too many, a colour bar is added.

    Args:
      matrices: similarities by name of the model.
    """
    side = min(max(_A_LANGUAGE * len(languages), _SMALLEST_SIDE), _LARGEST_SIDE)
    size = (2 * side + 3, len(matrices) * (side + 0.8))
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(matrices), 2, squeeze=False)
    font = label_font(len(languages), side)
    order = cluster(next(iter(matrices.values()))).order
    others = ~np.eye(len(languages), dtype=bool)
    values = np.concatenate([matrix[others] for matrix in matrices.values()])
    for (heat, tree), (name, matrix) in zip(grid, matrices.items(), strict=True):
        scale = float(values.min()), float(values.max())
        _heat(figure, heat, matrix[np.ix_(order, order)], scale)
        names = [languages[place] for place in order]
        heat.set_xticks(range(len(names)), names, rotation=90, fontsize=font)
        heat.set_yticks(range(len(names)), names, fontsize=font)
        heat.set_title(name, color=INK, fontsize=11)
        _tree(tree, cluster(matrix), languages, font)
    return figure


def label_font(count: int, side: float) -> float:
    """Returns the font size at which `count` labels fit on `side` inches without overlap."""
    return max(_SMALLEST_FONT, min(_LARGEST_FONT, 0.75 * 72 * side / count))


def _heat(figure: Figure, axes: Axes, table: Matrix, scale: tuple[float, float]) -> None:
    shown = np.where(np.eye(len(table), dtype=bool), np.nan, table)
    low, high = scale
    image = axes.imshow(shown, cmap=HEAT, vmin=low, vmax=max(high, low + 1e-6), aspect="equal")
    if len(table) > _WITH_NUMBERS:
        bar = figure.colorbar(image, ax=axes, shrink=0.6, label="similarity")
        bar.ax.tick_params(labelsize=8)
    else:
        for (row, column), value in np.ndenumerate(shown):
            if np.isfinite(value):
                ink = "white" if value < (low + high) / 2 else "black"
                axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, size=7)
    axes.tick_params(colors=INK, length=0)
    axes.spines[:].set_visible(False)


def _tree(axes: Axes, found: Clusters, languages: tuple[str, ...], font: float) -> None:
    dendrogram(
        found.tree,
        labels=list(languages),
        orientation="right",
        ax=axes,
        color_threshold=0,
        above_threshold_color=INK,
    )
    axes.tick_params(axis="y", colors=INK, labelsize=font, length=0)
    axes.tick_params(axis="x", colors=INK, labelsize=8, length=2)
    axes.invert_yaxis()  # Top to bottom, like the heat map.
    axes.set_xlabel("1 - similarity at which languages join", color=INK, fontsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)

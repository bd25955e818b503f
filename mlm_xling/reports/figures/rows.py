"""Figures of a study that compare rows, narrow enough for a phone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from mlm_xling.reports.figures.style import (
    BLUE,
    DOTTED,
    GREEN,
    GREY,
    GRID,
    INK,
    LINES,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    headroom,
    layer_axis,
    look,
)
from mlm_xling.reports.model_names import shown_model

WIDTH, SMALL = 5.0, 9.5
"""Inches, and the smallest letters in points: at 420 pixels they are eleven pixels high."""
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
HATCHES = ("", "//", "..", "\\\\", "xx", "||")
"""Either is enough to distinguish bars of up to six pairs of languages."""
DASHES = ("-", (0, (3.5, 1.5)), (0, (1, 1.2)))
"""One per kind of rows."""
WITHOUT_MODEL, VECTORS = "without a model", "supplied vectors"
LEVELS = {WITHOUT_MODEL: DOTTED, VECTORS: "-"}
"""The lines across a panel for what has no layers."""


class Bar(NamedTuple):
    """A mean and its interval, if there is one."""

    value: float
    low: float | None
    high: float | None
    untrained: float | None
    """Value of the same encoder before training."""


Bars = Mapping[str, Mapping[str, Bar]]
"""Row -> pair -> bar."""
Lines = Mapping[str, Mapping[int, float]]
"""Row -> training step or layer -> value."""
Looks = Mapping[str, Mapping[str, Any]]
"""Row -> properties of its line in Matplotlib."""


@dataclass(frozen=True)
class OverLayers:
    """What was measured at each layer of all rows."""

    title: str
    label: str
    """Label of the vertical axis."""
    percent: bool
    lines: Lines
    untrained: Mapping[str, Lines]
    """Model -> lines of rows; the model is untrained, on both sides or on one."""
    levels: Mapping[str, float]
    """Name in `LEVELS` -> value."""

    @property
    def values(self) -> list[float]:
        """All values."""
        every = [self.lines, *self.untrained.values()]
        of_layers = [value for lines in every for line in lines.values() for value in line.values()]
        return [*of_layers, *self.levels.values()]


def looks_of(kinds: Sequence[Iterable[str]]) -> Looks:
    """Gives each of three kinds of rows a dash, and each row of a kind a colour and a marker."""
    looks = {}
    for dash, rows in zip(DASHES, kinds, strict=True):
        for number, row in enumerate(rows):
            colour, marker = look(number)
            looks[row] = {
                "color": colour,
                "marker": marker,
                "linestyle": dash,
                "markerfacecolor": colour if dash == "-" else "white",
                "markersize": 4,
                "linewidth": 1.4,
            }
    return looks


def bars_figure(panels: Mapping[str, Bars]) -> Figure | None:
    """Draws Figure 3 of the paper: a panel per task with a group of bars per row."""
    panels = {title: bars for title, bars in panels.items() if any(bars.values())}
    if not panels:
        return None
    places = list(
        dict.fromkeys(p for bars in panels.values() for row in bars.values() for p in row)
    )
    heights = [0.6 + (0.1 + 0.17 * len(places)) * len(bars) for bars in panels.values()]
    figure = _figure(sum(heights) + 0.5)
    grid = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (title, bars) in zip(grid, panels.items(), strict=True):
        _draw_bars(axes, bars, places)
        axes.set_title(title, color=INK, fontsize=11, loc="left")
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=place)
        for place, (colour, hatch) in _looks(places)
    ]
    untrained = Line2D([], [], color=INK, marker="|", linestyle="", markersize=9, label="untrained")
    _legend(figure, [*handles, untrained])
    return figure


def steps_figure(
    panels: Mapping[tuple[str, str], Lines], percent: Mapping[str, bool], looks: Looks
) -> Figure | None:
    """Draws what was measured during training of all rows, against the training step.

    Args:
      panels: by measurement (a row of panels) and pair of languages (a column).
      percent: whether each measurement is shown in percent.
    """
    panels = {
        place: lines
        for place, lines in panels.items()
        if any(len(points) > 1 for points in lines.values())
    }
    if not panels:
        return None
    measured = list(dict.fromkeys(what for what, _ in panels))
    pairs = list(dict.fromkeys(pair for _, pair in panels))
    rows = list(dict.fromkeys(row for lines in panels.values() for row in lines))
    figure = _figure(2.1 * len(measured) + 0.25 * len(rows))
    grid = figure.subplots(len(measured), len(pairs), sharex=True, sharey="row", squeeze=False)
    for i, what in enumerate(measured):
        for j, pair in enumerate(pairs):
            axes = grid[i][j]
            _draw_lines(axes, panels.get((what, pair), {}), looks, percent=percent[what])
            if i == 0:
                axes.set_title(pair, color=INK, fontsize=11)
            if i == len(measured) - 1:
                axes.set_xlabel("training step", color=INK)
                axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
                axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        grid[i][0].set_ylabel(what, color=INK)
        grid[i][0].set_ylim(bottom=min(0.0, *grid[i][0].get_ylim()))
    _legend(figure, _handles(rows, looks))
    return figure


def layers_figure(shown: OverLayers, looks: Looks) -> Figure | None:
    """Draws a line per row over the layers, and a grey band per kind of untrained encoders."""
    if not any(shown.lines.values()):
        return None
    figure = _figure(3.4 + 0.08 * len(shown.lines))
    axes = figure.subplots()
    for model, lines in shown.untrained.items():
        _draw_band(axes, lines, model)
    _draw_lines(axes, shown.lines, looks, percent=shown.percent)
    levels = [
        axes.axhline(value, color=INK, linestyle=LEVELS[name], linewidth=1.2, zorder=2, label=name)
        for name, value in shown.levels.items()
    ]
    layer_axis(axes, max(1, *(layer for line in shown.lines.values() for layer in line)))
    axes.set_ylim(min(0.0, *shown.values), headroom(shown.values))
    axes.set_ylabel(shown.label, color=INK)
    axes.set_title(shown.title, color=INK, fontsize=11)
    bands = [Patch(**_band(model), label=shown_model(model)) for model in shown.untrained]
    _legend(figure, [*_handles(shown.lines, looks), *bands, *levels])
    return figure


def _draw_lines(axes: Axes, lines: Lines, looks: Looks, *, percent: bool) -> None:
    for row, points in lines.items():
        axes.plot(list(points), list(points.values()), clip_on=False, zorder=3, **looks[row])
    _bare(axes, "y")
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))


def _draw_band(axes: Axes, lines: Lines, model: str) -> None:
    """Fills the range from the lowest to the highest row; where all agree, it is a line."""
    layers = sorted({layer for line in lines.values() for layer in line})
    values = [[line[layer] for line in lines.values() if layer in line] for layer in layers]
    low, high = list(map(min, values)), list(map(max, values))
    axes.fill_between(layers, low, high, zorder=2, **_band(model))


def _band(model: str) -> dict[str, Any]:
    """Returns the look of a band, whose edges stay visible where it lies on another."""
    return {"facecolor": (*to_rgb(GREY), 0.2), "edgecolor": GREY, "linestyle": LINES[model]}


def _handles(rows: Iterable[str], looks: Looks) -> list[Line2D]:
    return [Line2D([], [], label=row, **looks[row]) for row in rows]


def _draw_bars(axes: Axes, bars: Bars, places: Sequence[str]) -> None:
    thickness = 0.8 / len(places)
    for number, of_row in enumerate(bars.values()):
        for i, (place, (colour, hatch)) in enumerate(_looks(places)):
            if place not in of_row:
                continue
            bar, y = of_row[place], number + (i - (len(places) - 1) / 2) * thickness
            axes.barh(
                y, bar.value, height=0.92 * thickness, color=colour, hatch=hatch, edgecolor="white",
                linewidth=0, zorder=2,
            )  # fmt: skip
            if bar.low is not None and bar.high is not None:
                axes.plot([bar.low, bar.high], [y, y], color="white", linewidth=3.4, zorder=3)
                axes.plot([bar.low, bar.high], [y, y], color=INK, linewidth=1.6, zorder=4)
            if bar.untrained is not None:
                ends = [y - 0.46 * thickness, y + 0.46 * thickness]
                axes.plot([bar.untrained] * 2, ends, color="white", linewidth=4.5, zorder=3)
                axes.plot([bar.untrained] * 2, ends, color=INK, linewidth=2.2, zorder=4)
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    _bare(axes, "x")


def _looks(places: Sequence[str]) -> list[tuple[str, tuple[str, str]]]:
    """Assigns each pair of languages a colour and a hatch; no two of 36 share both."""
    found = []
    for number, place in enumerate(places):
        turn, colour = divmod(number, len(COLOURS))
        found.append((place, (COLOURS[colour], HATCHES[(colour + turn) % len(HATCHES)])))
    return found


def _figure(height: float) -> Figure:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _bare(axes: Axes, along: str) -> None:
    axes.grid(axis=along, color=GRID, linewidth=0.8)  # pyright: ignore[reportArgumentType]
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#B0B0B0")


def _legend(figure: Figure, handles: Sequence[Patch | Line2D]) -> None:
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(3, len(handles)), frameon=False,
        labelcolor=INK, fontsize=SMALL, handlelength=2.8, columnspacing=1.2,
    )  # fmt: skip

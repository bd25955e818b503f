"""How figures look: colours, lines, panels, and how one becomes a file."""

import io
import math
from collections.abc import Iterable, Sequence
from typing import Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlm_xling.results import RANDOM, RANDOM_TARGET, TRAINED

# Okabe and Ito's palette, which stays apart under the common colour blindnesses.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
)  # fmt: skip
GREY, INK, GRID = "#8C8C8C", "#333333", "#E4E4E4"
RUNS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
"""One for each run that is compared."""
MARKERS = ("o", "s", "D", "^", "v", "P")


def look(number: int) -> tuple[str, str]:
    """Gives the colour and the marker of a run; no two of 36 have both in common."""
    turn, colour = divmod(number, len(RUNS))
    return RUNS[colour], MARKERS[(colour + turn) % len(MARKERS)]


LINES = {TRAINED: "-", RANDOM: (0, (4, 2)), RANDOM_TARGET: (0, (1, 1.5))}
DOTTED = (0, (1, 1))
HEAT = "cividis"
"""A colour map that those who cannot tell red from green see the same way."""
ABREAST = 4
"""Panels of a line; further ones come below."""


def panels(
    count: int,
    *,
    rows: int = 1,
    width: float = 3.4,
    height: float = 2.9,
    share_x: Literal["col", "row"] = "col",
) -> tuple[Figure, list[list[Axes]]]:
    """A figure of `rows` x `count` axes; those of a row share the vertical scale, and those of a
    column or of a row the horizontal one. Columns beyond `ABREAST` continue below, all rows."""
    abreast, lines = min(count, ABREAST), math.ceil(count / ABREAST)
    figure = Figure(
        figsize=(2.8 + width * abreast, 0.5 + height * rows * lines), layout="constrained"
    )
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(hspace=0.08, wspace=0.04)  # pyright: ignore
    places = figure.add_gridspec(lines * rows, abreast)
    grid: list[list[Axes]] = []
    for row in range(rows):
        of_row: list[Axes] = []
        for column in range(count):
            line, place = divmod(column, abreast)
            above = grid[0][column] if grid else None
            left = of_row[0] if of_row else None
            axes = figure.add_subplot(
                places[line * rows + row, place],
                sharex=above if share_x == "col" else left,
                sharey=left,
            )
            axes.tick_params(labelleft=place == 0, labelbottom=share_x == "row" or row == rows - 1)
            of_row.append(axes)
        grid.append(of_row)
    return figure, grid


def headroom(values: Iterable[float]) -> float:
    """Gives a top of the scale a little above the highest value."""
    return max(0.1, min(1.0, 1.25 * max(values)))


def ends(values: Iterable[float]) -> tuple[float, float]:
    """Gives the ends of the scale: 0 and 1, or further if values lie beyond."""
    values = list(values)
    return min(0.0, *values), max(1.0, *values)


def style(axes: Axes, *, percent: bool = False, bottom: float = 0.0, top: float = 1.0) -> None:
    """Sets values from `bottom` to `top`, horizontal lines only."""
    axes.set_ylim(bottom, top)
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#B0B0B0")


def baseline(axes: Axes, value: float | None) -> None:
    """Draws what is scored without a model, if it is known, across the panel."""
    if value is not None:
        axes.axhline(value, color=INK, linestyle=DOTTED, linewidth=1.2, zorder=2)


def baseline_handles(value: float | None) -> list[Line2D]:
    """Explains the line of `baseline`, if there is one."""
    line = Line2D([], [], color=INK, linestyle=DOTTED, linewidth=1.2, label="without a model")
    return [] if value is None else [line]


def layer_axis(axes: Axes, last: int) -> None:
    """Puts layers along the horizontal axis."""
    axes.set_xlabel("layer (0 = embeddings)", color=INK)
    axes.set_xlim(-0.3, last + 0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


LONGEST = 32
"""Characters of a name in a legend; what is longer takes the place of the curves."""


def shortened(name: str) -> str:
    """Leaves out the middle of a long name."""
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def legend(row: Sequence[Axes], handles: Sequence[Line2D]) -> None:
    """Explains colours and lines, to the right of the panels of a row, of its first line."""
    row[:ABREAST][-1].legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        frameon=False,
        labelcolor=INK,
        handlelength=2.6,
    )


_UNDATED = {"png": {}, "svg": {"Date": None}}
"""Metadata, without the hour at which a file is written."""


def render(figure: Figure, form: Literal["png", "svg"]) -> bytes:
    """Renders a figure as a file, in the same bytes whenever; drawn again its layout may move.

    A dollar sign in a name is one, and begins no formula.
    """
    buffer = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with rc_context({"svg.hashsalt": "mlm_xling", "text.parse_math": False}):
        figure.savefig(buffer, format=form, dpi=160, metadata=_UNDATED[form])
    return buffer.getvalue()

"""Style of figures: colours, lines, panels, and rendering to files."""

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

# Okabe and Ito's palette, which is distinguishable with common colour blindnesses.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9",
)  # fmt: skip
GREY, INK, GRID = "#8C8C8C", "#333333", "#E4E4E4"
RUNS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
"""One colour per compared run."""
MARKERS = ("o", "s", "D", "^", "v", "P")


def look(number: int) -> tuple[str, str]:
    """Returns the colour and the marker of a run; no two of 36 share both."""
    turn, colour = divmod(number, len(RUNS))
    return RUNS[colour], MARKERS[(colour + turn) % len(MARKERS)]


LINES = {TRAINED: "-", RANDOM: (0, (4, 2)), RANDOM_TARGET: (0, (1, 1.5))}
DOTTED = (0, (1, 1))
HEAT = "cividis"
"""A colour map that looks the same to red-green colour-blind readers."""
ABREAST = 4
"""Number of panels per line; more are wrapped."""


def panels(
    count: int,
    *,
    rows: int = 1,
    width: float = 3.4,
    height: float = 2.9,
    share_x: Literal["col", "row"] = "col",
) -> tuple[Figure, list[list[Axes]]]:
    """Creates a figure of `rows` x `count` axes.

    Axes of a row share the vertical scale, and those of a column or of a row the horizontal one.
    Columns beyond `ABREAST` are wrapped, with all rows."""
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
    """Returns an upper limit of the scale slightly above the highest value."""
    return max(0.1, min(1.0, 1.25 * max(values)))


def ends(values: Iterable[float]) -> tuple[float, float]:
    """Returns the limits of the scale: 0 and 1, extended to include all values."""
    values = list(values)
    return min(0.0, *values), max(1.0, *values)


def style(axes: Axes, *, percent: bool = False, bottom: float = 0.0, top: float = 1.0) -> None:
    """Sets the vertical range, with horizontal grid lines only."""
    axes.set_ylim(bottom, top)
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#B0B0B0")


def baseline(axes: Axes, value: float | None) -> None:
    """Draws the model-free score, if known, as a line across the panel."""
    if value is not None:
        axes.axhline(value, color=INK, linestyle=DOTTED, linewidth=1.2, zorder=2)


def baseline_handles(value: float | None) -> list[Line2D]:
    """Returns the legend entry of `baseline`'s line, if there is one."""
    line = Line2D([], [], color=INK, linestyle=DOTTED, linewidth=1.2, label="without a model")
    return [] if value is None else [line]


def layer_axis(axes: Axes, last: int) -> None:
    """Labels the horizontal axis by layer."""
    axes.set_xlabel("layer (0 = embeddings)", color=INK)
    axes.set_xlim(-0.3, last + 0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


LONGEST = 32
"""Maximum length of a name in a legend; longer ones would leave no room for the curves."""


def shortened(name: str) -> str:
    """Abbreviates the middle of a long name."""
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def legend(row: Sequence[Axes], handles: Sequence[Line2D]) -> None:
    """Adds a legend to the right of the first line of a row's panels."""
    row[:ABREAST][-1].legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        frameon=False,
        labelcolor=INK,
        handlelength=2.6,
    )


_UNDATED = {"png": {}, "svg": {"Date": None}}
"""Metadata without the time at which a file is written."""


def render(figure: Figure, form: Literal["png", "svg"]) -> bytes:
    """Renders a figure as a file with reproducible bytes; rendering twice may shift the layout.

    Dollar signs in names are literal, not formulas.
    """
    buffer = io.BytesIO()
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with rc_context({"svg.hashsalt": "mlm_xling", "text.parse_math": False}):
        figure.savefig(buffer, format=form, dpi=160, metadata=_UNDATED[form])
    return buffer.getvalue()

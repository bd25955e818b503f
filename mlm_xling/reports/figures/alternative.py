"""Alternative text of figures, for readers who cannot see them."""

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

_MAX_NAMES = 20
"""Maximum number of names of a kind to list; others are only counted."""


def in_words(figure: Figure) -> str:
    """Lists panels, axes and legend entries, as named in the figure."""
    drawn = figure.axes
    legends = [*figure.legends, *(axes.get_legend() for axes in drawn)]
    parts = {
        "panels": [title for axes in drawn for title in _titles(axes)],
        "upwards": [name for axes in drawn for name in _names(axes.yaxis)],
        "to the right": [name for axes in drawn for name in _names(axes.xaxis)],
        "told apart": [text.get_text() for one in legends if one for text in one.get_texts()],
    }
    unlike = {part: dict.fromkeys(map(_in_a_line, names)) for part, names in parts.items()}
    return "; ".join(f"{part}: {_some(names)}" for part, names in unlike.items() if any(names))


def _titles(axes: Axes) -> list[str]:
    return [axes.get_title("left"), axes.get_title("center"), axes.get_title("right")]


def _names(axis: Axis) -> list[str]:
    """Returns what the axis measures, and any names along it in place of numbers."""
    named = axis.get_ticklabels() if isinstance(axis.get_major_locator(), FixedLocator) else ()
    ticks = [tick.get_text() for tick in named]
    return [axis.get_label_text(), *(name for name in ticks if any(map(str.isalpha, name)))]


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _some(names: dict[str, None]) -> str:
    named = [name for name in names if name]
    further = [f"{len(named) - _MAX_NAMES} more"] if len(named) > _MAX_NAMES else []
    return ", ".join([*named[:_MAX_NAMES], *further])

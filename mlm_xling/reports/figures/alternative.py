"""What a figure shows in words, for those who do not see it."""

from matplotlib.figure import Figure

_MOST = 20
"""Names of a kind that are listed; further ones are counted."""


def in_words(figure: Figure) -> str:
    """Lists panels, scales, and what is told apart, as the figure itself names them."""
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    parts = {
        "panels": [axes.get_title() for axes in figure.axes],
        "upwards": [axes.get_ylabel() for axes in figure.axes],
        "to the right": [axes.get_xlabel() for axes in figure.axes],
        "told apart": [text.get_text() for one in legends if one for text in one.get_texts()],
    }
    named = {
        part: [*dict.fromkeys(" ".join(name.split()) for name in parts[part])] for part in parts
    }
    return "; ".join(f"{part}: {_some(names)}" for part, names in named.items() if any(names))


def _some(names: list[str]) -> str:
    names = [name for name in names if name]
    further = [f"{len(names) - _MOST} more"] if len(names) > _MOST else []
    return ", ".join([*names[:_MOST], *further])

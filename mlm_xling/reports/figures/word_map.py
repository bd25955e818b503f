"""Translation pairs in two dimensions: before training, after training, and mapped.

Each is drawn twice from the same coordinates, as a PNG and as an SVG inside the page, where a pair
shows both of its words when hovered over or tapped.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlm_xling.examples import Examples, Plane, Point
from mlm_xling.reports.figures.fonts import Fonts, fonts_for
from mlm_xling.reports.figures.labels import FONT, Anchor, Label, place_labels, text_width
from mlm_xling.reports.figures.style import BLUE, INK

SIZE = 400.0
"""Width and height of a panel, in CSS pixels."""
SOURCE, TARGET = BLUE, "#B34A00"
"""Dark enough for text."""
_MARGIN = 12.0
_INCHES = 3.7
STYLE = """
.maps { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0;
        align-items: flex-end; }
.maps figure { flex: 1 1 20rem; max-width: 30rem; margin: 0; }
.maps figcaption { font-size: 0.9rem; margin-bottom: 0.25rem; }
.maps svg { width: 100%; height: auto; border: 1px solid #e4e4e4; --s: #0072B2; --t: #B34A00; }
.maps line { stroke: #999; stroke-width: 0.8; opacity: 0.6; }
.maps circle { fill: var(--s); } .maps rect { fill: var(--t); } .maps .hit { fill: transparent; }
.maps text { font: 11px system-ui, sans-serif; text-anchor: middle; dominant-baseline: central;
             paint-order: stroke; stroke: white; stroke-width: 2.5px; pointer-events: none; }
.maps .s { fill: var(--s); } .maps .t { fill: var(--t); } .maps .more { visibility: hidden; }
.maps g { outline: none; } .maps svg:hover g:not(:hover) { opacity: 0.25; }
.maps g:hover text, .maps g:focus text { visibility: visible; font-weight: bold; }
.maps g:hover line, .maps g:focus line { stroke-width: 2; opacity: 1; }
@media screen and (prefers-color-scheme: dark) {
  .maps svg { border-color: #3a3d42; --s: #56B4E9; --t: #F0A05A; }
  .maps text { stroke: #17191c; }
}
@media print { .maps figure { break-inside: avoid; } }
"""


class Panel(NamedTuple):
    """Pairs with their coordinates in a panel."""

    title: str
    pairs: list[tuple[Anchor, Anchor]]
    labels: dict[int, tuple[Label, Label]]
    """Labels of pairs, by index, that there is room for."""


def make_panel(title: str, examples: Examples, plane: Plane) -> Panel:
    """Scales a plane to a panel, with equal aspect ratio."""
    xs, ys = _scaled(plane.source, plane.target)
    pairs: list[tuple[Anchor, Anchor]] = [
        ((source, *x), (target, *y))
        for (source, target), x, y in zip(examples.pairs, xs, ys, strict=True)
    ]
    return Panel(title, pairs, place_labels(pairs, SIZE, SIZE))


def _scaled(x: Sequence[Point], y: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    points = np.array([*x, *y])
    low, high = points.min(axis=0), points.max(axis=0)
    room = SIZE - 2 * _MARGIN
    scaled = (points - (low + high) / 2) * (room / (max(high - low) or 1.0)) + SIZE / 2
    rows: list[Point] = [(px, py) for px, py in scaled.round(1).tolist()]
    return rows[: len(x)], rows[len(x) :]


def fonts_of(panels: Sequence[Panel]) -> Fonts:
    """Returns fonts for the labels of a PNG."""
    return fonts_for(text for panel in panels for pair in panel.pairs for text, *_ in pair)


def map_figure(panels: Sequence[Panel], fonts: Fonts) -> Figure:
    """Draws panels side by side; a pair with a character missing from all fonts has no label."""
    figure = Figure(figsize=(_INCHES * len(panels), _INCHES + 0.35))
    FigureCanvasAgg(figure)
    height = _INCHES / (_INCHES + 0.35)
    for number, panel in enumerate(panels):
        axes = figure.add_axes((number / len(panels), 0, 0.98 / len(panels), 0.98 * height))
        axes.set(xlim=(0, SIZE), ylim=(SIZE, 0), xticks=[], yticks=[])
        axes.spines[:].set_color("#D0D0D0")
        axes.set_title(panel.title, color=INK, fontsize=8.5, pad=5)
        _draw(axes, panel, fonts)
    return figure


def _draw(axes: Axes, panel: Panel, fonts: Fonts) -> None:
    for (_, x1, y1), (_, x2, y2) in panel.pairs:
        axes.plot([x1, x2], [y1, y2], color="#999999", linewidth=0.6, alpha=0.6, zorder=1)
    for side, (colour, marker) in enumerate(((SOURCE, "o"), (TARGET, "s"))):
        x, y = ([pair[side][i] for pair in panel.pairs] for i in (1, 2))
        axes.scatter(x, y, s=9, color=colour, marker=marker, linewidths=0, zorder=2)
    points = 72 * 0.98 * _INCHES / SIZE
    for pair in panel.labels.values():
        if any(set(label.text) & fonts.missing for label in pair):
            continue
        for label, colour in zip(pair, (SOURCE, TARGET), strict=True):
            axes.text(
                label.x, label.y, label.text, color=colour, fontsize=FONT * points,
                family=list(fonts.families), ha="center", va="center", zorder=3,
            )  # fmt: skip


def as_svg(panels: Sequence[Panel], languages: tuple[str, str]) -> str:
    """Returns the panels as HTML elements, styled by `STYLE`."""
    source, target = map(escape, languages)
    drawn = "\n".join(
        f'<figure><figcaption>{escape(panel.title)}</figcaption>\n<svg role="img" '
        f'viewBox="0 0 {SIZE:g} {SIZE:g}" aria-label="Words of {source} and {target}, lines between'
        f' translations. {escape(panel.title)}">\n{_pairs(panel)}</svg></figure>'
        for panel in panels
    )
    return f'<div class="maps">\n{drawn}\n</div>'


def _pairs(panel: Panel) -> str:
    # Labels of later pairs are drawn above points of earlier ones.
    numbers = sorted(range(len(panel.pairs)), key=lambda number: number in panel.labels)
    return "".join(_pair(panel.pairs[i], panel.labels.get(i)) for i in numbers)


def _pair(pair: tuple[Anchor, Anchor], labels: tuple[Label, Label] | None) -> str:
    (source, x1, y1), (target, x2, y2) = pair
    shown = labels or (_aside(pair[0], y1 <= y2), _aside(pair[1], y1 > y2))
    more = "" if labels else " more"
    texts = "".join(
        f'<text class="{side}{more}" x="{label.x:.1f}" y="{label.y:.1f}">'
        f"{escape(label.text)}</text>"
        for side, label in zip("st", shown, strict=True)
    )
    return (
        f'<g tabindex="-1"><title>{escape(source)} – {escape(target)}</title>'
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
        f'<circle class="hit" cx="{x1}" cy="{y1}" r="8"/>'
        f'<circle class="hit" cx="{x2}" cy="{y2}" r="8"/>'
        f'<circle cx="{x1}" cy="{y1}" r="2.6"/>'
        f'<rect x="{x2 - 2.4:.1f}" y="{y2 - 2.4:.1f}" width="4.8" height="4.8"/>{texts}</g>\n'
    )


def _aside(anchor: Anchor, above: bool) -> Label:
    """Returns the label of a point without room: over others, but inside the panel."""
    text, x, y = anchor
    half = text_width(text) / 2
    middle = min(max(x, half), SIZE - half)
    return Label(text, middle, y + (-FONT if above and y > FONT else FONT))

"""Placement of point labels without overlaps, inside the frame."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from mlm_xling.reports.figures.fonts import advance

Boxes = Float[np.ndarray, "box 4"]
"""Left, top, right and bottom, with y pointing down."""
FONT, HEIGHT = 11.0, 12.5
"""Font size, and height of a line including ascenders and descenders."""
_GAP, _RADIUS = 4.0, 3.0
_SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
"""Candidate positions of a label: right, left, above, below, and the diagonals."""


class Label(NamedTuple):
    """A text, positioned by the centre of its box."""

    text: str
    x: float
    y: float


Anchor = tuple[str, float, float]
"""The text of a label and the point that it belongs to."""


def text_width(text: str) -> float:
    """Returns the width of a text in the PNG's font; most others are narrower."""
    return FONT * sum(map(advance, text))


def place_labels(
    pairs: Sequence[tuple[Anchor, Anchor]], width: float, height: float
) -> dict[int, tuple[Label, Label]]:
    """Places both labels of as many pairs as there is room for, earlier pairs first.

    Returns:
      The labels of pairs that have room, by index.
    """
    points = np.array([[x, y] for pair in pairs for _, x, y in pair]).reshape(-1, 2)
    taken = np.concatenate([points - _RADIUS, points + _RADIUS], axis=1)
    placed: dict[int, tuple[Label, Label]] = {}
    for number, (first, second) in enumerate(pairs):
        one = _place(first, taken, width, height)
        if one is None:
            continue
        with_one = np.vstack([taken, _box(one)])
        other = _place(second, with_one, width, height)
        if other is not None:
            taken = np.vstack([with_one, _box(other)])
            placed[number] = one, other
    return placed


def _place(anchor: Anchor, taken: Boxes, width: float, height: float) -> Label | None:
    text, x, y = anchor
    reach = text_width(text) / 2 + _GAP, HEIGHT / 2 + _GAP
    for across, down in _SIDES:
        label = Label(text, x + across * reach[0], y + down * reach[1])
        left, top, right, bottom = _box(label)
        inside = left >= 0 and top >= 0 and right <= width and bottom <= height
        if inside and not _overlaps(_box(label), taken):
            return label
    return None


def _box(label: Label) -> Float[np.ndarray, " 4"]:
    half = np.array([text_width(label.text), HEIGHT]) / 2
    middle = np.array([label.x, label.y])
    return np.concatenate([middle - half, middle + half])


def _overlaps(box: Float[np.ndarray, " 4"], others: Boxes) -> bool:
    apart = (box[2:] <= others[:, :2]) | (others[:, 2:] <= box[:2])
    return bool((~apart.any(axis=1)).any())

"""Slices: number and topology of chips, such as `v5e:2x4`, `h100:8`."""

import math
import re
from dataclasses import dataclass

from mlm_xling.errors import InputError
from mlm_xling.planning.chips import Chip, find_chip

_CUBE = 4
"""Sides of larger three-dimensional slices are multiples of this."""
_SMALL = {(1, 1, 1), (2, 2, 1), (2, 2, 2), (2, 2, 4), (2, 4, 4)}
"""Three-dimensional slices smaller than a cube."""


@dataclass(frozen=True)
class Slice:
    """Chips that are rented together."""

    chip: Chip
    shape: tuple[int, ...]

    @property
    def chips(self) -> int:
        """Number of chips."""
        return math.prod(self.shape)

    @property
    def devices(self) -> int:
        """Number of JAX devices."""
        return self.chips * self.chip.cores

    @property
    def memory(self) -> int:
        """Memory per device in bytes."""
        return self.chip.memory // self.chip.cores

    def __str__(self) -> str:
        return f"{self.chip.name}:{'x'.join(map(str, self.shape))}"


def read_slice(text: str, where: str = "--plan") -> Slice:
    """Parses the value given as `where`: `<chip>:<shape>`, for GPUs `<chip>:<number>`.

    Raises:
      InputError: unknown chip, or it has no slice of this shape.
    """
    name, _, shape = text.strip().partition(":")
    chip = find_chip(name, where)
    if not re.fullmatch(r"\d{1,4}(x\d{1,4})*", shape):
        raise InputError(f"{where}={text}: write {_example(chip)}")
    sides = tuple(map(int, shape.split("x")))
    if not _exists(chip, sides):
        raise InputError(f"{where}={text}: there is no such slice; {_known(chip)}")
    return Slice(chip, sides)


def read_price(dollars: float | None) -> float | None:
    """Checks the value of `--price`, if there is one.

    Raises:
      InputError: it is not a number above 0.
    """
    if dollars is not None and not 0 < dollars < math.inf:
        raise InputError(f"--price={dollars}: must be a number above 0")
    return dollars


def _exists(chip: Chip, sides: tuple[int, ...]) -> bool:
    if min(sides) < 1 or math.prod(sides) > chip.most:
        return False
    if not chip.is_tpu:
        return len(sides) == 1
    if len(sides) != chip.sides:
        return False
    if chip.sides == 2:
        return sides in _squares(chip)
    return sides in _SMALL or (
        all(side % _CUBE == 0 for side in sides) and sorted(sides) == list(sides)
    )


def _squares(chip: Chip) -> list[tuple[int, int]]:
    """Lists two-dimensional slices: squares, or two of them side by side."""
    sides = [2**i for i in range(11)]
    pairs = [(a, b) for a in sides for b in (a, 2 * a) if a * b <= chip.most]
    return [pair for pair in pairs if pair != (1, 2)]


def _known(chip: Chip) -> str:
    if not chip.is_tpu:
        return f"one machine has 1 to {chip.most} of them, like {_example(chip)}"
    if chip.sides == 2:
        return f"{chip.name} has {' '.join(f'{a}x{b}' for a, b in _squares(chip))}"
    small = " ".join("x".join(map(str, sides)) for sides in sorted(_SMALL, key=math.prod))
    return (
        f"{chip.name} has {small}, and multiples of {_CUBE} in ascending order like 4x4x8, up to "
        f"{chip.most:,} chips"
    )


def _example(chip: Chip) -> str:
    return f"{chip.name}:{ {0: '8', 2: '2x4', 3: '2x2x1'}[chip.sides] }".replace(" ", "")

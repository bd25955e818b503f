"""Arrays as XLA writes them in the text of a program: `bf16[8,128]{1,0:T(8,128)(2,1)S(1)}`."""

import math
import re
from typing import NamedTuple

_ARRAY = re.compile(r"\b(pred|bf16|[a-z]\d+)(?:e\w+)?\[([\d,]*)\](?:\{([^}]*)\})?")


class Array(NamedTuple):
    """One array; a tuple of them is written with commas between."""

    number: str
    """The type of its numbers: `f32`, `bf16`, `pred`; of `f8e4m3` the beginning."""
    shape: str
    layout: str

    @property
    def bytes(self) -> int:
        """Its size; a number of less than a byte counts as one."""
        width = 1 if self.number == "pred" else max(1, int(re.sub(r"\D", "", self.number)) // 8)
        return width * math.prod(int(size) for size in self.shape.split(",") if size)

    @property
    def in_memory(self) -> bool:
        """Whether it is in the device's memory, not in another space like `S(1)`, on the chip."""
        return "S(" not in self.layout


def arrays_in(text: str) -> list[Array]:
    """Lists the arrays that a text names, in its order."""
    return [Array(*found) for found in _ARRAY.findall(text)]


def bytes_in(text: str) -> int:
    """Sums the sizes of the arrays that a text names, wherever they are."""
    return sum(array.bytes for array in arrays_in(text))

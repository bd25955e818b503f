"""Arrays in the text of XLA programs: `bf16[8,128]{1,0:T(8,128)(2,1)S(1)}`."""

import math
import re
from typing import NamedTuple

_ARRAY = re.compile(r"\b(pred|bf16|[a-z]\d+)(?:e\w+)?\[([\d,]*)\](?:\{([^}]*)\})?")


class Array(NamedTuple):
    """One array; tuples of them are separated by commas."""

    number: str
    """The element type: `f32`, `bf16`, `pred`; for `f8e4m3` only its beginning."""
    shape: str
    layout: str

    @property
    def bytes(self) -> int:
        """The size; elements smaller than a byte count as one byte."""
        width = 1 if self.number == "pred" else max(1, int(re.sub(r"\D", "", self.number)) // 8)
        return width * math.prod(int(size) for size in self.shape.split(",") if size)

    @property
    def in_memory(self) -> bool:
        """Whether it is in the device's memory, not in an on-chip space such as `S(1)`."""
        return "S(" not in self.layout


def arrays_in(text: str) -> list[Array]:
    """Lists the arrays in a text, in order."""
    return [Array(*found) for found in _ARRAY.findall(text)]


def bytes_in(text: str) -> int:
    """Sums the sizes of the arrays in a text, in any memory space."""
    return sum(array.bytes for array in arrays_in(text))

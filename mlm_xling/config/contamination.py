"""Syntax of `data.contamination`: which share of whose lines is replaced by whose."""

import re
from dataclasses import dataclass

from mlm_xling.languages import DERIVATIONS

LARGEST = 0.5
_NAME = rf"[^:~]+(?::(?:{'|'.join(DERIVATIONS)}))*"
_FORM = re.compile(rf"({_NAME})(~shuffled)?:([^:~]+)(?::({_NAME}))?")


@dataclass(frozen=True)
class Contamination:
    """A share of the lines of one language to be replaced by lines of another."""

    donor: str
    shuffled: bool
    """Whether the words of each line are shuffled: the control."""
    share: float
    recipient: str

    @property
    def label(self) -> str:
        """The kind of the inserted lines: `fr`, or `fr~shuffled`."""
        return f"{self.donor}~shuffled" if self.shuffled else self.donor

    def __str__(self) -> str:
        """Returns the full form: `fr~shuffled:0.001:en`."""
        return f"{self.label}:{self.share:g}:{self.recipient}"


def parse_contamination(value: str, first: str) -> Contamination | None:
    """Parses `fr:1e-3`, `fr~shuffled:1e-3` or `fr:1e-3:de`.

    Args:
      first: the language whose lines are replaced by default.

    Returns:
      None if the value is empty.

    Raises:
      ValueError: the value does not have one of these forms, or the share is not from 0 to
      `LARGEST`.
    """
    if not value:
        return None
    found = _FORM.fullmatch(value)
    try:
        donor, shuffled, written, recipient = found.groups() if found else ("", "", "", "")
        share = float(written)
    except ValueError:
        raise ValueError("must be like fr:1e-3, fr~shuffled:1e-3 or fr:1e-3:en") from None
    if not 0 <= share <= LARGEST:
        raise ValueError(f"{written} must be from 0 to {LARGEST:g}")
    return Contamination(donor, bool(shuffled), share, recipient or first)


def contamination(value: str) -> str | None:
    """Validates the form of `data.contamination`."""
    try:
        parse_contamination(value, "")
    except ValueError as error:
        return str(error)
    return None

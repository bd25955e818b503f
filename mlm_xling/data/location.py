"""Locations of labelled sentences."""

from pathlib import Path
from typing import NamedTuple

TFDS = "tfds:"
"""Prefix of TensorFlow Datasets builders."""


class Location(NamedTuple):
    """Location of the labelled sentences of a split and language."""

    split: str
    """`train`, `dev` or `test`."""
    language: str
    place: str
    """A file, or a TFDS builder with its version."""
    field: str
    """Configuration field that specifies the place, for messages."""

    @property
    def table(self) -> str:
        """The name of the table that is prepared from them."""
        return f"{self.split}-{self.language}"

    @property
    def path(self) -> Path | None:
        """The file; None for a TFDS builder."""
        return None if self.place.startswith(TFDS) else Path(self.place)

    @property
    def builder(self) -> str:
        """The TFDS builder."""
        return self.place.removeprefix(TFDS)

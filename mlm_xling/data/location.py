"""Where labelled sentences lie."""

from pathlib import Path
from typing import NamedTuple

TFDS = "tfds:"
"""Begins the place of a builder of TensorFlow Datasets."""


class Location(NamedTuple):
    """Where the labelled sentences of a split and language lie."""

    split: str
    """`train`, `dev` or `test`."""
    language: str
    place: str
    """A file, or a TFDS builder with its version."""
    field: str
    """Field of the configuration that names the place, for messages."""

    @property
    def table(self) -> str:
        """The name of the table made of them."""
        return f"{self.split}-{self.language}"

    @property
    def path(self) -> Path | None:
        """The file; None for a TFDS builder."""
        return None if self.place.startswith(TFDS) else Path(self.place)

    @property
    def builder(self) -> str:
        """The TFDS builder."""
        return self.place.removeprefix(TFDS)

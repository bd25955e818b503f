"""What evaluation asks of a tokenizer, whoever trained it: ours (`vocabulary.py`), or another's."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Int32

Spans = list[tuple[int, int]]
"""Where things begin and end in a text, in characters."""
PADDING = -1
"""Fills batches of ids. It is no id of any tokenizer: what is padding is told by the place."""


class Encoded(NamedTuple):
    """The ids of a text, and the characters that each of them stands for."""

    ids: list[int]
    spans: Spans
    """The characters of each id, without the space before; empty for the mark of a space alone."""


class SpecialTokens(NamedTuple):
    """Ids that stand for no word, and how an encoder wants text wrapped in them."""

    ids: frozenset[int]
    """All of them; a mean over a sentence's tokens leaves them out."""
    unknown: int
    """What has no id of its own."""
    mask: int | None
    """What hides a token that is to be predicted."""
    opening: tuple[int, ...]
    between: tuple[int, ...]
    """What stands between two texts that are read together."""
    closing: tuple[int, ...]

    def wrap(self, ids: Sequence[int]) -> list[int]:
        """Puts the ids of a text between the special tokens of its ends."""
        return [*self.opening, *ids, *self.closing]

    def room(self, length: int) -> int:
        """Counts the tokens of a text that a sequence of `length` holds."""
        return length - len(self.opening) - len(self.closing)

    def ordinary(self, input_ids: Int[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
        """Tells which ids stand for text: neither special nor padding."""
        return ~np.isin(input_ids, [PADDING, *self.ids])


class Tokenizer(ABC):
    """From sentences to ids. There is one id space, whatever the language."""

    special: SpecialTokens
    size: int
    """Rows that an encoder has for it."""
    fingerprint: str
    """Names it; ids mean nothing under another one."""

    @abstractmethod
    def encode(self, sentences: Sequence[str], language: str) -> list[list[int]]:
        """Encodes each sentence as ids, without special tokens at its ends."""

    @abstractmethod
    def encode_spans(self, text: str, language: str) -> Encoded:
        """Encodes a text as `encode` does, and tells which characters each id stands for."""

    @abstractmethod
    def decode(self, ids: Sequence[int] | Int[np.ndarray, " token"], language: str) -> str:
        """Decodes ids; specials vanish."""

    @abstractmethod
    def ids_of(self, language: str) -> Int32[np.ndarray, " id"]:
        """Lists the ids that text of a language can have, and the specials, in ascending order."""

    @abstractmethod
    def save(self, directory: Path) -> str | None:
        """Writes a directory that `read_tokenizer` reads; one that is whole stays as it is."""

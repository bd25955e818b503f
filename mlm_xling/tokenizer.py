"""The tokenizer interface that evaluation needs: ours (`vocabulary.py`), or another library's."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Int32

Spans = list[tuple[int, int]]
"""Begin and end of things in a text, in characters."""
PADDING = -1
"""Padding of id batches. It is not an id of any tokenizer: only positions identify padding."""


class Encoded(NamedTuple):
    """The ids of a text, and the characters that each of them stands for."""

    ids: list[int]
    spans: Spans
    """The span of each id, without the space before; empty for a lone space mark."""


class SpecialTokens(NamedTuple):
    """Ids that are not words, and how an encoder expects text to be wrapped in them."""

    ids: frozenset[int]
    """All of them; excluded from means over tokens."""
    unknown: int
    """The id of unknown tokens."""
    mask: int | None
    """The id that hides a token to be predicted."""
    opening: tuple[int, ...]
    between: tuple[int, ...]
    """Ids between two texts that are read together."""
    closing: tuple[int, ...]

    def wrap(self, ids: Sequence[int]) -> list[int]:
        """Wraps the ids of a text in the special tokens of its ends."""
        return [*self.opening, *ids, *self.closing]

    def room(self, length: int) -> int:
        """Returns how many tokens of a text fit in a sequence of `length`."""
        return length - len(self.opening) - len(self.closing)

    def ordinary(self, input_ids: Int[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
        """Returns which ids stand for text, i.e. are neither special nor padding."""
        return ~np.isin(input_ids, [PADDING, *self.ids])


class Tokenizer(ABC):
    """Encoder of sentences as ids. There is one id space for all languages."""

    special: SpecialTokens
    space: str
    """What to put before a word after a space to encode it by itself, see `apart`."""
    size: int
    """Number of rows that an encoder has for it."""
    fingerprint: str
    """Identifies it; ids have no meaning under another tokenizer."""

    @abstractmethod
    def encode(self, sentences: Sequence[str], language: str) -> list[list[int]]:
        """Encodes each sentence as ids, without special tokens at its ends."""

    def apart(self, words: Sequence[str]) -> list[str]:
        """Returns words so that they have the ids, each by itself, that they have between spaces.

        In byte-level BPE the space before a word is part of its ids; others mark it themselves,
        some even before a space (Llama 2).
        """
        return [*words[:1], *(self.space + word for word in words[1:])]

    @abstractmethod
    def encode_spans(self, text: str, language: str) -> Encoded:
        """Encodes a text like `encode`, and returns the characters that each id stands for."""

    @abstractmethod
    def decode(self, ids: Sequence[int] | Int[np.ndarray, " token"], language: str) -> str:
        """Decodes ids; special tokens are dropped."""

    @abstractmethod
    def ids_of(self, language: str) -> Int32[np.ndarray, " id"]:
        """Lists the ids that text of a language can have, and the specials, in ascending order."""

    @abstractmethod
    def save(self, directory: Path) -> str | None:
        """Writes a directory for `read_tokenizer`, unless it already exists undamaged."""

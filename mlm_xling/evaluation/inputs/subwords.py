"""Words in running text, and the subwords that each consists of.

Words are compared without regard to case.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mlm_xling.vocabulary import UNKNOWN, Vocabulary
from mlm_xling.words import pieces


class Span(NamedTuple):
    """A word and the subwords `start` to `stop` of what it was found in."""

    word: str
    start: int
    stop: int


class Segmented(NamedTuple):
    """A stretch of text between spaces."""

    ids: tuple[int, ...]
    words: tuple[Span, ...]


class Segmenter:
    """Finds words in the text of one language; remembers every stretch it has seen."""

    def __init__(self, vocabulary: Vocabulary, language: str):
        self._vocabulary, self._language = vocabulary, language
        self._seen: dict[str, Segmented] = {}
        self._lengths: dict[int, int] = {}

    def __call__(self, sentence: str) -> list[Segmented]:
        """The stretches of a sentence; their ids together are those of the sentence.

        A word whose edges are not edges of subwords is passed over, and so are all words of a
        stretch with an unknown character.
        """
        return [self._segmented(stretch) for stretch in sentence.split()]

    def _segmented(self, stretch: str) -> Segmented:
        found = self._seen.get(stretch)
        if found is None:
            (ids,) = self._vocabulary.encode([stretch], self._language)
            found = Segmented(tuple(ids), tuple(self._spans(stretch, ids)))
            if len(self._seen) < _REMEMBERED:
                self._seen[stretch] = found
        return found

    def _spans(self, stretch: str, ids: list[int]) -> Iterator[Span]:
        if UNKNOWN in ids:
            return
        # The first edge at a place is where a word ends, the last where the next one begins: an
        # empty subword (the mark of the space) belongs to none.
        edges = [0]
        for token in ids:
            edges.append(edges[-1] + self._length(token))
        if edges[-1] != len(stretch):
            return  # The vocabulary writes it in another normal form.
        begins = {edge: number for number, edge in enumerate(edges)}
        ends = {edge: number for number, edge in reversed(list(enumerate(edges)))}
        stop = 0
        for piece in pieces(stretch, self._language):
            start, stop = stop, stop + len(piece)
            whole = start in begins and stop in ends and begins[start] < ends[stop]
            if whole and piece[0].isalpha():
                yield Span(piece.casefold(), begins[start], ends[stop])

    def _length(self, token: int) -> int:
        """Characters of a subword; the mark of a space is none."""
        if token not in self._lengths:
            self._lengths[token] = len(self._vocabulary.decode([token], self._language))
        return self._lengths[token]


_REMEMBERED = 1 << 20
"""Stretches."""

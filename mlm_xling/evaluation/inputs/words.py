"""Words in running text, and the subwords that each consists of.

A word is a run of letters; everything else ends it, apostrophes and hyphens too, as Universal
Dependencies treats French clitics. Scripts that leave no space between words (Chinese, Japanese,
Thai) are cut greedily into the longest words of a given list, single characters where none fits.
Words are compared without regard to case.
"""

import unicodedata
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import NamedTuple

from mlm_xling.vocabulary import UNKNOWN, Vocabulary

_UNSPACED = (
    ("\u0e00", "\u0e7f"), ("\u3040", "\u30ff"), ("\u3400", "\u9fff"), ("\uf900", "\ufaff"),
)  # fmt: skip
"""Thai; Hiragana and Katakana; Han."""


class Span(NamedTuple):
    """A word and the subwords `start` to `stop` of what it was found in."""

    word: str
    start: int
    stop: int


class Segmented(NamedTuple):
    """A stretch of text between spaces."""

    ids: tuple[int, ...]
    words: tuple[Span, ...]


def split_words(sentence: str) -> list[str]:
    """The words of a sentence as an aligner takes them: runs of letters, runs of anything else.

    Of scripts without spaces every character is one.
    """
    words = []
    for stretch in sentence.split():
        for kind, run in groupby(stretch, _kind):
            characters = list(run)
            words += characters if kind == "unspaced" else ["".join(characters)]
    return words


class Segmenter:
    """Finds words in the text of one language; remembers every stretch it has seen."""

    def __init__(self, vocabulary: Vocabulary, language: str, known: Collection[str] = ()):
        """`known` are the words by which unspaced scripts are cut, in lower case."""
        self._vocabulary, self._language = vocabulary, language
        self._known = frozenset(known)
        self._longest = max(map(len, self._known), default=1)
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
        begins = {edge: number for number, edge in enumerate(edges)}
        ends = {edge: number for number, edge in reversed(list(enumerate(edges)))}
        for start, stop in self._words(stretch):
            if start in begins and stop in ends and begins[start] < ends[stop]:
                yield Span(stretch[start:stop].casefold(), begins[start], ends[stop])

    def _length(self, token: int) -> int:
        """Characters of a subword; the mark of a space is none."""
        if token not in self._lengths:
            self._lengths[token] = len(self._vocabulary.decode([token], self._language))
        return self._lengths[token]

    def _words(self, stretch: str) -> Iterator[tuple[int, int]]:
        start = 0
        for kind, run in groupby(stretch, _kind):
            stop = start + len(list(run))
            if kind == "unspaced":
                yield from self._cut(stretch, start, stop)
            elif kind == "letters":
                yield start, stop
            start = stop

    def _cut(self, stretch: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
        while start < stop:
            longest = min(stop, start + self._longest)
            end = next(
                (end for end in range(longest, start + 1, -1) if stretch[start:end] in self._known),
                start + 1,
            )
            yield start, end
            start = end


_REMEMBERED = 1 << 20
"""Stretches."""


def _kind(character: str) -> str:
    if any(first <= character <= last for first, last in _UNSPACED):
        return "unspaced"
    return "letters" if unicodedata.category(character)[0] in "LM" else ""

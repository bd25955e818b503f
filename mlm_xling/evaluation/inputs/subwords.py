"""Words in running text, and the subwords of each.

Words are compared case-insensitively.
"""

from collections.abc import Iterator
from typing import NamedTuple

from mlm_xling.tokenizer import Encoded, Tokenizer
from mlm_xling.words import pieces


class Span(NamedTuple):
    """A word and its subwords `start` to `stop` within a stretch of text."""

    word: str
    start: int
    stop: int


class Segmented(NamedTuple):
    """A stretch of text between spaces."""

    ids: tuple[int, ...]
    words: tuple[Span, ...]


class Segmenter:
    """Finds words in the text of one language; caches every stretch."""

    def __init__(self, tokenizer: Tokenizer, language: str):
        self._tokenizer, self._language = tokenizer, language
        self._seen: dict[str, Segmented] = {}

    def __call__(self, sentence: str) -> list[Segmented]:
        """Returns the stretches of a sentence; their concatenated ids are those of the sentence.

        Words whose edges are not edges of subwords are skipped, and so are all words of a stretch
        with an unknown character.
        """
        return [self._segmented(text) for text in self._tokenizer.apart(sentence.split())]

    def _segmented(self, text: str) -> Segmented:
        found = self._seen.get(text)
        if found is None:
            encoded = self._tokenizer.encode_spans(text, self._language)
            found = Segmented(tuple(encoded.ids), tuple(self._spans(text, encoded)))
            if len(self._seen) < _REMEMBERED:
                self._seen[text] = found
        return found

    def _spans(self, text: str, encoded: Encoded) -> Iterator[Span]:
        if self._tokenizer.special.unknown in encoded.ids:
            return
        # An empty subword (the mark of the space) belongs to no word. One character may be spelled
        # by several subwords, and one character of the text may be several for the tokenizer.
        begins: dict[int, int] = {}
        ends: dict[int, int] = {}
        for number, (begin, end) in enumerate(encoded.spans):
            if begin < end:
                begins.setdefault(begin, number)
                ends[end] = number + 1
        start = stop = len(text) - len(text.lstrip())
        for piece in pieces(text[start:], self._language):
            start, stop = stop, stop + len(piece)
            if piece[0].isalpha() and start in begins and stop in ends:
                yield Span(piece.casefold(), begins[start], ends[stop])


_REMEMBERED = 1 << 20
"""Number of stretches of text whose subwords are cached."""

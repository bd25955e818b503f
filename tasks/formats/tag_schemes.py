"""Schemes by which tags mark entities: all are read, BIO is what they become.

BIO (also IOB2), IOB1, IOE1 and IOE2: Tjong Kim Sang and Veenstra, Representing Text Chunks, 1999.
BIOES is also written with the letters BILOU or BMES. CoNLL-2003's own files are in IOB1.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_LETTERS = str.maketrans("LUM", "ESI")
"""Other spellings of BIOES."""


class Place(NamedTuple):
    """How a word stands in its entity."""

    first: bool
    last: bool
    after: bool
    """Right after another entity of the same type, as the first word."""
    before: bool
    """Right before another entity of the same type, as the last word."""


SCHEMES: dict[str, Callable[[Place], str]] = {
    "BIO": lambda place: "B" if place.first else "I",
    "IOB1": lambda place: "B" if place.after else "I",
    "BIOES": lambda place: ("BS" if place.first else "IE")[place.last],
    "IOE1": lambda place: "E" if place.before else "I",
    "IOE2": lambda place: "E" if place.last else "I",
}
"""The letter of a word's tag. Of schemes that fit equally well the first is meant."""


class Reading(NamedTuple):
    """Tags of sentences, read by the scheme that fits them best."""

    scheme: str
    tags: list[list[str]]
    """The tags of each sentence, in BIO."""
    odd: list[tuple[int, int]]
    """Sentence and word of the tags that the scheme would not have."""


def read_scheme(sentences: Sequence[Sequence[str]]) -> Reading:
    """Finds the entities, and the scheme in which most tags are as they should be.

    Whatever the scheme, entities are those of the CoNLL scorer (conlleval): so files that mix
    schemes have their entities, too.

    Args:
      sentences: tags of words, `O` or a letter of a scheme, a hyphen and a type.
    """
    tags = [_in_bio(of_sentence) for of_sentence in sentences]
    odd: dict[str, list[tuple[int, int]]] = {name: [] for name in SCHEMES}
    for number, (given, of_sentence) in enumerate(zip(sentences, tags, strict=True)):
        for word, place in _places(of_sentence):
            letter = given[word][0].translate(_LETTERS)
            for name, letter_of in SCHEMES.items():
                if letter_of(place) != letter:
                    odd[name].append((number, word))
    best = min(SCHEMES, key=lambda name: len(odd[name]))
    return Reading(best, tags, odd[best])


def _in_bio(tags: Sequence[str]) -> list[str]:
    marked = []
    for before, tag in itertools.pairwise(["O", *tags]):
        begins = before[1:] != tag[1:] or tag[0] in "BSU" or before[0] in "ESLU"
        marked.append("O" if tag == "O" else ("B" if begins else "I") + tag[1:])
    return marked


def _places(tags: Sequence[str]) -> Iterator[tuple[int, Place]]:
    """Yields the words of entities in BIO."""
    for word, (before, tag, after) in enumerate(
        zip(["O", *tags], tags, [*tags[1:], "O"], strict=False)
    ):
        if tag != "O":
            first, last = tag[0] == "B", after[0] != "I"
            yield (
                word,
                Place(first, last, first and before[1:] == tag[1:], last and after[1:] == tag[1:]),
            )

"""The words of the ontology, typed."""

from collections.abc import Container
from typing import NamedTuple

from tasks.lab.ontology import ADJECTIVES, ADPOSITIONS, ADVERBS, CLASSES, NOUNS, VERBS


class Noun(NamedTuple):
    """A kind of thing."""

    gloss: str
    kind: str
    """One of `CLASSES`."""
    topic: str


class Verb(NamedTuple):
    """A kind of event and the classes of those who take part."""

    gloss: str
    topic: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    """Classes of nouns that may be its object; empty for an intransitive verb."""
    adpositions: tuple[str, ...]


class Adjective(NamedTuple):
    """A property and the classes that may have it."""

    gloss: str
    antonym: str
    kinds: tuple[str, ...]


class Adverb(NamedTuple):
    """A word that tells when or how something is done."""

    gloss: str
    tense: str
    """The tense that it goes with, or `any`."""


def nouns() -> list[Noun]:
    """All nouns, those of the general topic first."""
    made = []
    for line in NOUNS.strip().splitlines():
        place, words = line.split(":")
        topic, kind = place.split()
        made += [Noun(gloss, kind, topic) for gloss in words.split()]
    return made


def verbs() -> list[Verb]:
    """All verbs, those of the general topic first."""
    made = []
    for line in VERBS.strip().splitlines():
        (topic, gloss), words = line.split(":")[0].split(), line.split(":")[1]
        subjects, _, rest = words.partition(">") if ">" in words else (words, "", words)
        made.append(
            Verb(
                gloss,
                topic,
                _among(subjects, CLASSES),
                _among(rest, CLASSES) if ">" in words else (),
                _among(rest, ADPOSITIONS),
            )
        )
    return made


def adjectives() -> list[Adjective]:
    """All adjectives; antonyms are neighbours."""
    made = []
    for line in ADJECTIVES.strip().splitlines():
        pair, kinds = line.split(":")
        first, second = pair.split()
        classes = _among(kinds, CLASSES)
        made += [Adjective(first, second, classes), Adjective(second, first, classes)]
    return made


def adverbs() -> list[Adverb]:
    """All adverbs."""
    return [Adverb(gloss, tense) for tense, words in ADVERBS.items() for gloss in words.split()]


def _among(words: str, known: Container[str]) -> tuple[str, ...]:
    return tuple(word for word in words.split() if word in known)

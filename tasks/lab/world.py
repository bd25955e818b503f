"""What languages have words for, and what is true of it: the same for every seed."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from mlm_xling.config import LabConfig
from tasks.lab import ontology, words
from tasks.lab.ontology import ADPOSITIONS, CLASSES

_HOMONYMS = 3
"""Families and groups called like a place."""
ENTITIES = {"given": "PER", "family": "PER", "location": "LOC", "organisation": "ORG"}
"""Categories of names and the entities that they name."""
NAMED = {"given": "person", "location": "place", "organisation": "group", "title": "text"}
"""Categories of names that stand for a noun, and its class."""
NAMES = (*NAMED, "family")
"""A title names no entity, as in WikiAnn: a word that looks like a name may be none."""


class Concept(NamedTuple):
    """Something that languages have a word for."""

    gloss: str
    category: str
    """`noun`, `verb`, `adjective`, ..., a name's category, `number`, `mark`."""


class World:
    """Concepts, numbered from 1, and facts about them."""

    def __init__(self, lab: LabConfig):
        """Lists the concepts; their use, languages and texts are drawn elsewhere."""
        self.nouns = _variants(words.nouns(), lab.variants)
        self.verbs = _variants(words.verbs(), lab.variants)
        self.adjectives = words.adjectives()
        self.adverbs = words.adverbs()
        self.concepts = [Concept("", "nothing"), *self._listed(lab.names)]

    def _listed(self, names: int) -> list[Concept]:
        glosses = {
            "noun": [noun.gloss for noun in self.nouns],
            "verb": [verb.gloss for verb in self.verbs],
            "adjective": [adjective.gloss for adjective in self.adjectives],
            "adverb": [adverb.gloss for adverb in self.adverbs],
            "adposition": ADPOSITIONS,
            "pronoun": ontology.PRONOUNS,
            "article": ontology.ARTICLES,
            "coordination": ontology.COORDINATIONS,
            "subordination": ontology.SUBORDINATIONS,
            "particle": ontology.PARTICLES.values(),
            "auxiliary": ontology.AUXILIARIES.values(),
            "mark": ontology.MARKS,
            "number": map(str, ontology.NUMBERS),
            "given": (f"Given{i}" for i in range(names)),
            "family": (f"Family{i}" for i in range(max(names // 2, _HOMONYMS))),
            "location": (f"Location{i}" for i in range(max(names // 2, _HOMONYMS))),
            "organisation": (f"Organisation{i}" for i in range(max(names // 2, _HOMONYMS))),
            "title": (f"Title{i}" for i in range(max(names // 2, _HOMONYMS))),
        }
        return [Concept(gloss, category) for category in glosses for gloss in glosses[category]]

    def of(self, category: str) -> np.ndarray:
        """The numbers of the concepts of a category, in order."""
        return self._by_category[category]

    def number(self, category: str, gloss: str) -> int:
        """The number of a concept."""
        return self.concepts.index(Concept(gloss, category))

    @cached_property
    def _by_category(self) -> dict[str, np.ndarray]:
        categories = np.array([concept.category for concept in self.concepts])
        return {name: np.flatnonzero(categories == name) for name in dict.fromkeys(categories)}

    def is_a(self, category: str) -> np.ndarray:
        """Whether each concept is of the category."""
        return self._membership[category]

    @cached_property
    def _membership(self) -> dict[str, np.ndarray]:
        return {
            name: np.isin(np.arange(len(self.concepts)), numbers)
            for name, numbers in self._by_category.items()
        }

    @cached_property
    def homonyms(self) -> dict[int, int]:
        """Names that have the form of a place's name: only the context tells them apart."""
        places = self.of("location")
        called = [*self.of("family")[-_HOMONYMS:], *self.of("organisation")[-_HOMONYMS:]]
        return {int(name): int(place) for name, place in zip(called, [*places] * 2, strict=False)}

    @cached_property
    def held_out(self) -> Bool[np.ndarray, " concept"]:
        """Every other name of each category: training data of labelled tasks has none of them.

        Homonyms go with the place, so that no form is on both sides.
        """
        found = np.zeros(len(self.concepts), bool)
        for category in NAMES:
            found[self.of(category)[1::2]] = True
        for name, place in self.homonyms.items():
            found[name] = found[place]
        return found

    @cached_property
    def hypernyms(self) -> np.ndarray:
        """The hypernym of each concept, the noun that names its class; 0 where there is none."""
        found = np.zeros(len(self.concepts), np.int16)
        for number, noun in zip(self.of("noun"), self.nouns, strict=True):
            if noun.gloss != noun.kind:
                found[number] = self.number("noun", noun.kind)
        return found

    @cached_property
    def antonyms(self) -> np.ndarray:
        """The antonym of each concept, an adjective or a verb; 0 where there is none."""
        found = np.zeros(len(self.concepts), np.int16)
        for adjective in self.adjectives:
            number = self.number("adjective", adjective.gloss)
            found[number] = self.number("adjective", adjective.antonym)
        for pair in ontology.ANTONYMOUS_VERBS:
            first, second = (self.number("verb", gloss) for gloss in pair)
            found[first], found[second] = second, first
        return found

    @cached_property
    def classes(self) -> np.ndarray:
        """The class of each noun and name, 1 + its index in `CLASSES`; 0 for other concepts."""
        found = np.zeros(len(self.concepts), np.int8)
        for number, noun in zip(self.of("noun"), self.nouns, strict=True):
            found[number] = 1 + CLASSES.index(noun.kind)
        for category, kind in NAMED.items():
            found[self.of(category)] = 1 + CLASSES.index(kind)
        return found

    @cached_property
    def has_names(self) -> Bool[np.ndarray, " concept"]:
        """Whether each concept is of a class whose members may have names."""
        classes = [1 + CLASSES.index(kind) for kind in NAMED.values()]
        return np.isin(self.classes, classes)

    def nouns_of(self, kind: str) -> np.ndarray:
        """The nouns of a class."""
        nouns = self.of("noun")
        return nouns[self.classes[nouns] == 1 + CLASSES.index(kind)]

    @cached_property
    def suits(self) -> Bool[np.ndarray, "concept kind"]:
        """Whether each adjective suits each class of nouns; the absent adjective suits all."""
        found = np.zeros((len(self.concepts), 1 + len(CLASSES)), bool)
        found[0] = True
        found[self.of("adjective"), 1:] = [
            [kind in adjective.kinds for kind in CLASSES] for adjective in self.adjectives
        ]
        return found

    @cached_property
    def takes_several(self) -> Bool[np.ndarray, "concept role"]:
        """Whether the subject, and the object, of each verb may be of several classes."""
        found = np.zeros((len(self.concepts), 2), bool)
        found[self.of("verb")] = [(len(v.subjects) > 1, len(v.objects) > 1) for v in self.verbs]
        return found

    @cached_property
    def transitive(self) -> np.ndarray:
        """Whether each concept is a verb that takes an object."""
        found = np.zeros(len(self.concepts), bool)
        found[self.of("verb")] = [bool(verb.objects) for verb in self.verbs]
        return found


def _variants(once: list, count: int) -> list:
    """More words of the same kind: dog, dog2, ...; each is drawn preferences of its own."""
    more = [
        word._replace(gloss=f"{word.gloss}{number}")
        for number in range(2, count + 1)
        for word in once
    ]
    return [*once, *more]

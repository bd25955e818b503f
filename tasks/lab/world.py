"""How often, about what, with whom: the part of the world that is drawn from a seed.

Every noun, verb and name has a frequency and preferences of its own. That is what a model can
learn from monolingual text, and what makes the words of two languages comparable: a world of
interchangeable words has no translations.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from mlm_xling.config import LabConfig
from tasks.lab import ontology, words
from tasks.lab.ontology import ADPOSITIONS, CLASSES, GENERAL, TENSES, TOPICS
from tasks.lab.sampling import Choice, uneven, zipf

NOTHING = 0
"""The concept of an empty place."""

_OTHER_TOPIC, _GENERAL_TOPIC = 0.03, 0.3
"""How readily a word is used in a topic that is not its own, relative to its own."""
_HOMONYMS = 3
"""Families and groups called like a place."""
ENTITIES = {"given": "PER", "family": "PER", "location": "LOC", "organisation": "ORG"}
"""Categories of names and the entities that they name."""


class Concept(NamedTuple):
    """Something that languages have a word for."""

    gloss: str
    category: str
    """`noun`, `verb`, `adjective`, ..., a name's category, `number`, `mark`."""


class World:
    """Concepts, numbered from 1, and distributions over them."""

    def __init__(self, lab: LabConfig):
        """Draws the world of `lab.seed`; languages and texts are drawn elsewhere."""
        self._rng = np.random.default_rng([lab.seed, 1])
        self.nouns = _variants(words.nouns(), lab.variants)
        self.verbs = _variants(words.verbs(), lab.variants)
        self.adjectives = words.adjectives()
        self.adverbs = words.adverbs()
        self.concepts = [Concept("", "nothing"), *self._listed(lab.names)]
        self._tables()

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
        """By concept: whether it is of the category."""
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
    def hypernyms(self) -> np.ndarray:
        """By concept: the noun that names the class of a noun; 0 for all other concepts."""
        found = np.zeros(len(self.concepts), np.int16)
        for number, noun in zip(self.of("noun"), self.nouns, strict=True):
            if noun.gloss != noun.kind:
                found[number] = self.number("noun", noun.kind)
        return found

    @cached_property
    def antonyms(self) -> np.ndarray:
        """By concept: the opposite of an adjective or a verb; 0 where there is none."""
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
        """By concept: 1 + the place of a noun's class in `CLASSES`; names count as such nouns."""
        found = np.zeros(len(self.concepts), np.int8)
        for number, noun in zip(self.of("noun"), self.nouns, strict=True):
            found[number] = 1 + CLASSES.index(noun.kind)
        for category, kind in (
            ("given", "person"), ("location", "place"), ("organisation", "group")
        ):  # fmt: skip
            found[self.of(category)] = 1 + CLASSES.index(kind)
        return found

    def _tables(self) -> None:
        rng = self._rng
        nouns, verbs, topics = len(self.nouns), len(self.verbs), len(TOPICS)
        noun_use = self._use_of([noun.topic for noun in self.nouns])
        verb_use = self._use_of([verb.topic for verb in self.verbs])
        kinds = np.array([[noun.kind == kind for kind in CLASSES] for noun in self.nouns], float)

        def fits(classes) -> Float[np.ndarray, "condition noun"]:
            allowed = [[kind in some for kind in CLASSES] for some in classes]
            return np.array(allowed, float) @ kinds.T

        def by_topic_and(preferences: np.ndarray) -> np.ndarray:
            weights = noun_use[:, None] * preferences[None]
            return weights.reshape(-1, nouns)

        subjects = fits([v.subjects for v in self.verbs]) * uneven(rng, verbs, nouns)
        objects = fits([v.objects for v in self.verbs]) * uneven(rng, verbs, nouns)
        places = fits(ADPOSITIONS.values()) * uneven(rng, len(ADPOSITIONS), nouns)
        self.verb = Choice(verb_use, self.of("verb"))
        """Given the topic."""
        self.subject = Choice(by_topic_and(subjects), self.of("noun"))
        self.object = Choice(by_topic_and(objects), self.of("noun"))
        """Given topic and verb (`given_verb`)."""
        self.oblique = Choice(by_topic_and(places), self.of("noun"))
        """Given topic and adposition (`given_adposition`)."""
        doing = verb_use[:, None, :] * subjects.T[None]
        self.doing = Choice(doing.reshape(topics * nouns, verbs), self.of("verb"))
        """The verb, given topic and subject (`given_noun`)."""
        allowed = [[name in v.adpositions for name in ADPOSITIONS] for v in self.verbs]
        adpositions = np.array(allowed, float) * uneven(rng, verbs, len(ADPOSITIONS))
        self.adposition = Choice(adpositions, self.of("adposition"))
        """Given the verb (`verb_index`)."""
        suits = fits([a.kinds for a in self.adjectives]).T
        common = zipf(len(self.adjectives), 0.4)[rng.permutation(len(self.adjectives))]
        self.adjective = Choice(suits * common * uneven(rng, *suits.shape), self.of("adjective"))
        """Given the noun (`noun_index`)."""
        when = [[a.tense in (tense, "any") for a in self.adverbs] for tense in TENSES]
        timed = np.array(when, float)[None] * uneven(rng, topics, 1, len(self.adverbs))
        self.adverb = Choice(timed.reshape(topics * len(TENSES), -1), self.of("adverb"))
        """Given topic x tense."""
        counted = zipf(len(ontology.NUMBERS)) * uneven(rng, len(CLASSES) + 1, 1)
        counted = counted * uneven(rng, *counted.shape, spread=0.8)
        self.numeral = Choice(counted, self.of("number"))
        """Given the class."""
        self.named = {category: self._names(category) for category in ENTITIES}
        """Names by category, given the topic."""
        self.plurality = rng.beta(1, 2, len(self.concepts))
        """By concept: how often a noun is plural."""
        self.oblique_rate = rng.beta(2, 2.5, len(self.concepts))
        """By concept: how often a verb has an oblique."""

    def _use_of(self, own_topics: list[str]) -> Float[np.ndarray, "topic word"]:
        """How often each word is used in each topic: Zipf's law within what belongs there."""
        rng, use = self._rng, np.zeros((len(TOPICS), len(own_topics)))
        for own in (GENERAL, *TOPICS):
            members = np.flatnonzero(np.array(own_topics) == own)
            elsewhere = _GENERAL_TOPIC if own == GENERAL else _OTHER_TOPIC
            factors = np.where(np.array(TOPICS) == own, 1.0, elsewhere)
            frequency = zipf(len(members))[rng.permutation(len(members))]
            use[:, members] = factors[:, None] * frequency
        return use * uneven(rng, *use.shape, spread=0.5)

    def _names(self, category: str) -> Choice:
        numbers = self.of(category)
        return Choice(
            zipf(len(numbers), 0.7) * uneven(self._rng, len(TOPICS), len(numbers)), numbers
        )

    # Conditions of the distributions above, from concepts and topics.

    def verb_index(self, verb):
        """The place of a verb among the verbs."""
        return verb - self.of("verb")[0]

    def noun_index(self, noun):
        """The place of a noun among the nouns."""
        return noun - self.of("noun")[0]

    def given_verb(self, topic, verb):
        """The condition of `subject` and `object`."""
        return topic * len(self.verbs) + self.verb_index(verb)

    def given_noun(self, topic, noun):
        """The condition of `doing`."""
        return topic * len(self.nouns) + self.noun_index(noun)

    def given_adposition(self, topic, adposition):
        """The condition of `oblique`."""
        return topic * len(ADPOSITIONS) + adposition - self.of("adposition")[0]

    @cached_property
    def transitive(self) -> np.ndarray:
        """By concept: whether a verb takes an object."""
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

"""How often, about what, with whom: the part of the lab that is drawn from a seed.

Every noun, verb and name has a frequency and preferences of its own. That is what a model can
learn from monolingual text, and what makes the words of two languages comparable: a world of
interchangeable words has no translations. Languages have as much of it in common as
`lab.common_frequencies` and `lab.common_preferences` say.
"""

import copy

import numpy as np
from jaxtyping import Bool, Float

from mlm_xling.config import LabConfig
from tasks.lab.ontology import ADPOSITIONS, CLASSES, GENERAL, NUMBERS, TENSES, TOPICS
from tasks.lab.sampling import Choice, Deviates, by_rank, uneven
from tasks.lab.world import NAMED, NAMES, World

_OTHER_TOPIC, _GENERAL_TOPIC = 0.03, 0.3
"""How readily a word is used in a topic that is not its own, relative to its own."""
_UNNAMED_RATE, _NAMED_RATES = 3.0, (0.6, 2.0, 1.5, 4.0)
"""How readily what may have a name of each category in `NAMED` is called by it, or by a noun.
Persons may stand in most places; with equal rates, most names would be theirs."""


class Usage:
    """Distributions over the concepts of a world."""

    def __init__(self, world: World, lab: LabConfig, language: str = ""):
        """Draws how a language uses its words; without a language, what all have in common.

        Parallel and labelled sentences are of what all have in common.
        """
        self.world = world
        self._frequent = Deviates([lab.seed, 1], language, lab.common_frequencies)
        self._preferred = Deviates([lab.seed, 7], language, lab.common_preferences)
        self._verbs_and_nouns()
        self._modifiers()
        self._names()
        self._naming()

    def _verbs_and_nouns(self) -> None:
        world = self.world
        nouns, verbs, topics = len(world.nouns), len(world.verbs), len(TOPICS)
        noun_use = self._use_of([noun.topic for noun in world.nouns])
        verb_use = self._use_of([verb.topic for verb in world.verbs])

        def by_topic_and(preferences: np.ndarray) -> np.ndarray:
            return (noun_use[:, None] * preferences[None]).reshape(-1, nouns)

        subjects = self._nouns_for([verb.subjects for verb in world.verbs])
        objects = self._nouns_for([verb.objects for verb in world.verbs])
        places = self._nouns_for(ADPOSITIONS.values())
        self.verb = Choice(verb_use, world.of("verb"))
        """Distribution of the verb, given the topic."""
        self.subject = Choice(by_topic_and(subjects), world.of("noun"))
        self.object = Choice(by_topic_and(objects), world.of("noun"))
        """Distribution of the object, as of the subject, given topic and verb (`given_verb`)."""
        self.oblique = Choice(by_topic_and(places), world.of("noun"))
        """Distribution of the oblique, given topic and adposition (`given_adposition`)."""
        doing = verb_use[:, None, :] * subjects.T[None]
        self.doing = Choice(doing.reshape(topics * nouns, verbs), world.of("verb"))
        """Distribution of the verb, given topic and subject (`given_noun`)."""
        allowed = np.array([[name in v.adpositions for name in ADPOSITIONS] for v in world.verbs])
        adpositions = allowed * uneven(self._preferred(*allowed.shape))
        self.adposition = Choice(adpositions, world.of("adposition"))
        """Distribution of the adposition, given the verb (`verb_index`)."""
        self.plurality = _rate(self._preferred(len(world.concepts)), mean=-0.9, spread=1.4)
        """How often each noun is plural, by concept."""
        self.oblique_rate = _rate(self._preferred(len(world.concepts)), mean=-0.25, spread=0.9)
        """How often each verb has an oblique, by concept."""

    def _modifiers(self) -> None:
        world = self.world
        suits = self._nouns_for([adjective.kinds for adjective in world.adjectives]).T
        frequency = by_rank(self._frequent(len(world.adjectives)))
        self.adjective = Choice(suits * frequency, world.of("adjective"))
        """Distribution of the adjective, given the noun (`noun_index`)."""
        when = np.array([[a.tense in (tense, "any") for a in world.adverbs] for tense in TENSES])
        by_topic = uneven(self._frequent(len(TOPICS), 1, len(world.adverbs)))
        timed = when * by_rank(self._frequent(len(world.adverbs))) * by_topic
        self.adverb = Choice(timed.reshape(-1, len(world.adverbs)), world.of("adverb"))
        """Distribution of the adverb, given topic and tense (`given_tense`)."""
        counted = by_rank(-np.arange(float(len(NUMBERS)))) * uneven(
            self._preferred(len(CLASSES) + 1, len(NUMBERS)), spread=0.8
        )
        self.numeral = Choice(counted, world.of("number"))
        """Distribution of the numeral, given the class."""

    def _nouns_for(self, classes) -> Float[np.ndarray, "condition noun"]:
        """How readily each noun stands where nouns of certain classes may."""
        allowed = np.array([[kind in some for kind in CLASSES] for some in classes])
        fits = allowed[:, self.world.classes[self.world.of("noun")] - 1]
        return fits * uneven(self._preferred(*fits.shape))

    def _use_of(self, own_topics: list[str]) -> Float[np.ndarray, "topic word"]:
        """How often each word is used in each topic: Zipf's law, most where it belongs."""
        elsewhere = [_GENERAL_TOPIC if own == GENERAL else _OTHER_TOPIC for own in own_topics]
        belongs = np.array(TOPICS)[:, None] == np.array(own_topics)
        frequency = by_rank(self._frequent(len(own_topics)))
        use = np.where(belongs, 1.0, elsewhere) * frequency
        return use * uneven(self._frequent(*use.shape), spread=0.5)

    def _names(self) -> None:
        weights = np.zeros((len(TOPICS), len(self.world.concepts)))
        for category in NAMES:
            numbers = self.world.of(category)
            frequency = by_rank(self._frequent(len(numbers)), 0.7)
            weights[:, numbers] = frequency * uneven(self._frequent(len(TOPICS), len(numbers)))
        self.names = weights
        """How often each concept is a name in each topic."""

    def _naming(self) -> None:
        """What may be named where; names of several categories share their frames."""
        world, self.named_as = self.world, {}
        """Distributions of names by role, given verb or adposition: 1 + index in `NAMED`, or 0."""
        verbs, adpositions = world.of("verb"), world.of("adposition")
        for role, governors, classes in (
            ("subject", verbs, [verb.subjects for verb in world.verbs]),
            ("object", verbs, [verb.objects for verb in world.verbs]),
            ("oblique", adpositions, ADPOSITIONS.values()),
        ):
            fits = np.array([[kind in some for kind in NAMED.values()] for some in classes])
            weights = np.zeros((len(world.concepts), 1 + len(NAMED)))
            weights[governors] = np.insert(fits * _NAMED_RATES, 0, _UNNAMED_RATE, 1)
            self.named_as[role] = Choice(weights)

    def with_names(self, known: Bool[np.ndarray, " concept"]) -> "Usage":
        """The same with some of the names only."""
        some = copy.copy(self)
        some.names = self.names * known
        return some

    @property
    def named(self) -> dict[str, Choice]:
        """Names by category, given the topic."""
        numbers = {category: self.world.of(category) for category in NAMES}
        return {name: Choice(self.names[:, those], those) for name, those in numbers.items()}

    # Conditions of the distributions above, from concepts and topics.

    def verb_index(self, verb):
        """The place of a verb among the verbs."""
        return verb - self.world.of("verb")[0]

    def noun_index(self, noun):
        """The place of a noun among the nouns."""
        return noun - self.world.of("noun")[0]

    def given_verb(self, topic, verb):
        """The condition of `subject` and `object`."""
        return topic * len(self.world.verbs) + self.verb_index(verb)

    def given_noun(self, topic, noun):
        """The condition of `doing`."""
        return topic * len(self.world.nouns) + self.noun_index(noun)

    def given_tense(self, topic, tense):
        """The condition of `adverb`."""
        return topic * len(TENSES) + tense

    def given_adposition(self, topic, adposition):
        """The condition of `oblique`."""
        return topic * len(ADPOSITIONS) + adposition - self.world.of("adposition")[0]


def _rate(deviates: np.ndarray, mean: float, spread: float) -> np.ndarray:
    """Probabilities, logit-normal."""
    return 1 / (1 + np.exp(-mean - spread * deviates))

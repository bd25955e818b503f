"""Documents drawn from a world, all their sentences at once."""

from typing import NamedTuple

import numpy as np

from tasks.lab.meanings import FRONTED, MEANING, MENTIONS, PHRASE, linked
from tasks.lab.ontology import DOMAINS, TOPICS
from tasks.lab.sampling import Generator
from tasks.lab.usage import Usage
from tasks.lab.world import NAMES, World


class Style(NamedTuple):
    """How a domain speaks: probabilities."""

    own_topics: float = 0.8
    """Share of documents on a topic of their own domain."""
    pronoun: float = 0.18
    plural: float = 0.5
    """Factor of each noun's own rate."""
    numeral: float = 0.25
    """Share of plurals that are counted."""
    adjective: float = 0.28
    oblique: float = 0.8
    """Factor of each verb's own rate."""
    adverb: float = 0.25
    relative: float = 0.1
    second: float = 0.12
    negated: float = 0.08
    question: float = 0.04
    past: float = 0.5
    future: float = 0.15
    fronted: float = 0.15
    extraposed: float = 0.5
    register: float = 0.15


STYLES = {
    "wiki": Style(),
    "web": Style(
        pronoun=0.28,
        adjective=0.22,
        adverb=0.35,
        relative=0.05,
        negated=0.14,
        question=0.14,
        past=0.3,
        register=0.6,
    ),
}
LONGEST, SHORTEST = 14, 4
"""Sentences of a document."""
_CAST = 3
"""Names of each category that a document knows."""


def documents(usage: Usage, domain: str, sentences: int, rng: Generator):
    """Draws documents: at least `sentences` meanings, and the number of each one's document.

    A document keeps to its topic and cast; a pronoun stands for the last subject before it, and
    what is mentioned again is definite.
    """
    lengths = rng.integers(SHORTEST, LONGEST + 1, sentences // SHORTEST + 1)
    lengths = lengths[: np.searchsorted(np.cumsum(lengths), sentences) + 1]
    document = np.repeat(np.arange(len(lengths)), lengths)
    style = STYLES[domain]
    made = np.zeros(len(document), MEANING)
    topics = _topics(domain, style, len(lengths), rng)
    made["topic"] = topics[document]
    known = [choice.draw(rng, np.repeat(topics, _CAST)) for choice in usage.named.values()]
    cast = np.reshape(known, (len(NAMES), -1, _CAST))[:, document]
    speaker = _Speaker(usage, style, made, cast, rng)
    speaker.main_clauses()
    speaker.relative_clauses()
    speaker.second_clauses()
    speaker.pronouns(document)
    _mark_definite(usage.world, made, document)
    return made, document


def singles(usage: Usage, domain: str, count: int, rng: Generator) -> np.ndarray:
    """Draws sentences that stand for themselves: without pronouns of other sentences."""
    made = np.zeros(0, MEANING)
    while len(made) < count:
        drawn, _ = documents(usage, domain, count + count // 4, rng)
        alone = ~usage.world.is_a("pronoun")[drawn["main"]["subject"]["head"]]
        made = np.concatenate([made, drawn[alone]])
    return made[rng.permutation(len(made))[:count]]


def _topics(domain: str, style: Style, count: int, rng: Generator) -> np.ndarray:
    own = np.array([TOPICS.index(topic) for topic in DOMAINS[domain]])
    others = np.setdiff1d(np.arange(len(TOPICS)), own)
    is_own = rng.random(count) < style.own_topics
    return np.where(is_own, rng.choice(own, count), rng.choice(others, count))


class _Speaker:
    """Fills a table column by column."""

    def __init__(
        self, usage: Usage, style: Style, made: np.ndarray, cast: np.ndarray, rng: Generator
    ):
        self.usage, self.world = usage, usage.world
        self.style, self.made, self.cast, self.rng = style, made, cast, rng
        self.everywhere = np.arange(len(made))

    def main_clauses(self) -> None:
        rng, style, made, main = self.rng, self.style, self.made, self.made["main"]
        main["verb"] = self.usage.verb.draw(rng, made["topic"])
        self._tense(main, self.everywhere)
        self._subject(main, self.everywhere)
        self._object(main, self.everywhere)
        self._oblique(main)
        chosen = self._some(style.adverb)
        condition = self.usage.given_tense(made["topic"][chosen], main["tense"][chosen])
        main["adverb"][chosen] = self.usage.adverb.draw(rng, condition)
        made["question"][self._some(style.question)] = True
        made["register"] = self._coin(style.register)
        self._front()

    def relative_clauses(self) -> None:
        """The farmer that owns the cart sleeps."""
        world, usage, rng, made = self.world, self.usage, self.rng, self.made
        chosen = self._some(self.style.relative)
        on_object = rng.random(len(chosen)) < 0.4
        for place, rows in (("object", chosen[on_object]), ("subject", chosen[~on_object])):
            phrase = made["main"][place]
            rows = rows[world.is_a("noun")[phrase["head"][rows]]]
            verb = usage.doing.draw(
                rng, usage.given_noun(made["topic"][rows], phrase["head"][rows])
            )
            rows = rows[verb > 0]
            made["relative"]["verb"][rows] = verb[verb > 0]
            made["relative"]["subject"]["plural"][rows] = phrase["plural"][rows]
            made["on_object"][rows] = place == "object"
            self._tense(made["relative"], rows)
            self._object(made["relative"], rows)
        made["extraposed"] = (made["relative"]["verb"] > 0) & self._coin(self.style.extraposed)

    def second_clauses(self) -> None:
        """Adds second clauses, like `and sleeps` or `because she likes the horse`."""
        world, rng, made = self.world, self.rng, self.made
        chosen = self._some(self.style.second)
        chosen = chosen[~made["question"][chosen]]
        links = [*world.of("coordination"), *world.of("subordination")]
        made["link"][chosen] = rng.choice(links, len(chosen), p=[0.35, 0.15, 0.25, 0.25])
        second = made["second"]
        second["verb"][chosen] = self.usage.verb.draw(rng, made["topic"][chosen])
        second["tense"][chosen] = made["main"]["tense"][chosen]
        second["negated"][chosen] = rng.random(len(chosen)) < self.style.negated
        same = rng.random(len(chosen)) < 0.5
        self._subject(second, chosen[~same])
        self._same_subject(chosen[same])
        self._object(second, chosen)
        made["second_first"] = linked(world, made) & self._coin(self.style.fronted)

    def _same_subject(self, rows: np.ndarray) -> None:
        """Repeats the first subject: as nothing after `and`, as a pronoun after `because`."""
        made, subject = self.made, self.made["second"]["subject"]
        first = made["main"]["subject"][rows]
        subject["plural"][rows] = first["plural"]
        drops = self.world.is_a("coordination")[made["link"][rows]]
        subject["head"][rows] = np.where(drops, 0, self._pronoun_for(first))

    def pronouns(self, document: np.ndarray) -> None:
        """Some subjects become pronouns of the last subject before them in their document."""
        subject = self.made["main"]["subject"]
        opening = np.append(True, document[1:] != document[:-1])
        becomes = self._coin(self.style.pronoun) & ~opening & (self.made["relative"]["verb"] == 0)
        antecedent = np.maximum.accumulate(np.where(becomes, 0, self.everywhere))
        said = subject[antecedent]
        blank = np.zeros(1, PHRASE)
        subject[becomes] = blank
        subject["plural"][becomes] = said["plural"][becomes]
        subject["head"][becomes] = self._pronoun_for(said)[becomes]

    def _pronoun_for(self, phrase: np.ndarray) -> np.ndarray:
        """He and she for persons, by the parity of the concept; it and they."""
        it, he, she, they = self.world.of("pronoun")
        head = phrase["head"]
        person = self.world.classes[head] == 1
        one = np.where(person, np.where(head % 2, he, she), it)
        return np.where(phrase["plural"], they, one)

    def _subject(self, clause: np.ndarray, rows: np.ndarray) -> None:
        verb = clause["verb"][rows]
        condition = self.usage.given_verb(self.made["topic"][rows], verb)
        nouns = self.usage.subject.draw(self.rng, condition)
        self._noun_phrase(clause, "subject", rows, nouns, verb)

    def _object(self, clause: np.ndarray, rows: np.ndarray) -> None:
        rows = rows[self.world.transitive[clause["verb"][rows]]]
        verb = clause["verb"][rows]
        condition = self.usage.given_verb(self.made["topic"][rows], verb)
        nouns = self.usage.object.draw(self.rng, condition)
        again = nouns == clause["subject"]["head"][rows]  # two horses rarely meet
        nouns[again] = self.usage.object.draw(self.rng, condition[again])
        self._noun_phrase(clause, "object", rows, nouns, verb)

    def _oblique(self, clause: np.ndarray) -> None:
        usage = self.usage
        rate = usage.oblique_rate[clause["verb"]] * self.style.oblique
        rows = np.flatnonzero(self._coin(rate))
        chosen = usage.adposition.draw(self.rng, usage.verb_index(clause["verb"][rows]))
        rows, chosen = rows[chosen > 0], chosen[chosen > 0]
        clause["oblique"]["adposition"][rows] = chosen
        condition = usage.given_adposition(self.made["topic"][rows], chosen)
        nouns = usage.oblique.draw(self.rng, condition)
        again = (nouns == clause["subject"]["head"][rows]) | (
            nouns == clause["object"]["head"][rows]
        )
        nouns[again] = usage.oblique.draw(self.rng, condition[again])
        self._noun_phrase(clause, "oblique", rows, nouns, chosen)

    def _noun_phrase(
        self, clause: np.ndarray, role: str, rows: np.ndarray, nouns: np.ndarray, governor
    ) -> None:
        usage, rng, style, phrase = self.usage, self.rng, self.style, clause[role]
        phrase["head"][rows] = nouns
        phrase["plural"][rows] = rng.random(len(rows)) < style.plural * usage.plurality[nouns]
        counted = rows[phrase["plural"][rows] & (rng.random(len(rows)) < style.numeral)]
        kinds = self.world.classes[phrase["head"][counted]]
        phrase["numeral"][counted] = usage.numeral.draw(rng, kinds)
        described = rows[rng.random(len(rows)) < style.adjective]
        noun = usage.noun_index(phrase["head"][described])
        phrase["adjective"][described] = usage.adjective.draw(rng, noun)
        can_be_named = self.world.has_names[nouns]
        category = usage.named_as[role].draw(rng, governor[can_be_named])
        self._name(phrase, rows[can_be_named][category > 0], category[category > 0] - 1)

    def _name(self, phrase: np.ndarray, rows: np.ndarray, category: np.ndarray) -> None:
        """Replaces nouns by names of the document's cast; the category is a place in `NAMES`."""
        rng = self.rng
        one = rng.integers(_CAST, size=len(rows))
        for column in ("plural", "numeral", "adjective"):
            phrase[column][rows] = 0
        phrase["head"][rows] = self.cast[category, rows, one]
        longer = rng.random(len(rows)) < 0.4
        called = np.flatnonzero(longer & (category == NAMES.index("given")))
        phrase["last"][rows[called]] = self.cast[NAMES.index("family"), rows[called], one[called]]
        groups = np.flatnonzero(longer & (category == NAMES.index("organisation")))
        kinds = rng.choice(self.world.nouns_of("group"), len(groups))
        phrase["last"][rows[groups]] = kinds

    def _tense(self, clause: np.ndarray, rows: np.ndarray) -> None:
        drawn = self.rng.random(len(rows))
        past, future = self.style.past, self.style.past + self.style.future
        clause["tense"][rows] = np.where(drawn < past, 1, np.where(drawn < future, 2, 0))
        clause["negated"][rows] = self.rng.random(len(rows)) < self.style.negated

    def _front(self) -> None:
        made, main = self.made, self.made["main"]
        place = self.rng.integers(1, len(FRONTED), len(made))
        there = np.choose(
            place - 1, [main["adverb"], main["oblique"]["head"], main["object"]["head"]]
        )
        made["fronted"] = np.where(self._coin(self.style.fronted) & (there > 0), place, 0)

    def _coin(self, probability) -> np.ndarray:
        return self.rng.random(len(self.made)) < probability

    def _some(self, probability: float) -> np.ndarray:
        return np.flatnonzero(self._coin(probability))


def _mark_definite(world: World, made: np.ndarray, document: np.ndarray) -> None:
    """Nouns are indefinite when a document first mentions them, definite after that."""
    heads = np.stack([made[clause][phrase]["head"] for clause, phrase in MENTIONS], 1)
    key = (document[:, None] * len(world.concepts) + heads).ravel()
    _, first = np.unique(key, return_index=True)
    again = np.ones(key.shape, bool)
    again[first] = False
    again = again.reshape(heads.shape)
    for column, (clause, phrase) in enumerate(MENTIONS):
        made[clause][phrase]["definite"] = again[:, column] & (heads[:, column] > 0)

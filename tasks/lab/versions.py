"""Sentences, and what says more than they do, the opposite, or something else.

Versions of one sentence h look alike: each has another word in place of one of h (`worded`), or all
words of h in another order (`arranged`).

    version      worded                                     arranged
    more         a *horse* for an animal                    h
    opposite     the opposite of the verb or an adjective   doer and sufferer exchanged
    other        another participant or adjective, or an    the adjective at the other noun
                 *animal* for a horse
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from tasks.lab.sampling import Generator
from tasks.lab.usage import Usage
from tasks.lab.world import World

ROLES = ("subject", "object")
_OTHER = (0.5, 0.25, 0.2, 0.05)
"""Shares of: another in place of the kind, another in place of the other, another adjective, wider.
So that neutral premises name kinds as often as others do."""
_ATTEMPTS = 2


class Versions(NamedTuple):
    """Tables of meanings; a row of each is a version of the same sentence."""

    h: np.ndarray
    more: np.ndarray
    """Entails h."""
    opposite: np.ndarray
    """Contradicts h."""
    other: np.ndarray
    """Neither entails nor contradicts h."""


def arranged(usage: Usage, drawn: np.ndarray, rng: Generator) -> Versions:
    """Versions of the sentences in which someone acts on someone of the same class."""
    world, (subject, thing) = usage.world, _heads(drawn).T
    fits = world.is_a("noun")[subject] & (world.classes[subject] == world.classes[thing])
    kin = (world.hypernyms[subject] == thing) | (world.hypernyms[thing] == subject)
    h = drawn[fits & world.is_a("noun")[thing] & (subject != thing) & ~kin]
    main = h["main"]
    main["object"]["plural"] = main["subject"]["plural"]
    adjective = usage.adjective.draw(rng, usage.noun_index(main["subject"]["head"]))
    on_subject = rng.random(len(h)) < 0.5
    main["subject"]["adjective"] = np.where(on_subject, adjective, 0)
    main["object"]["adjective"] = np.where(on_subject, 0, adjective)
    other, opposite = h.copy(), h.copy()
    for one, another in (ROLES, ROLES[::-1]):
        other["main"][one]["adjective"] = main[another]["adjective"]
        opposite["main"][one] = main[another]
    return Versions(h, h, opposite, other)


def worded(usage: Usage, drawn: np.ndarray, rng: Generator) -> Versions:
    """Versions of the sentences about two others than kinds, of which h names one by its kind."""
    more, kind = _about_two(usage, drawn, rng)
    others, possible = _other_heads(usage, more, kind, rng)
    rows = np.flatnonzero(possible[np.arange(len(kind)), kind])
    more, kind, others, possible = more[rows], kind[rows], others[rows], possible[rows]
    h, _ = _wider(usage.world, more, kind)
    h, more, opposite = _with_opposites(usage.world, h, more, rng)
    described = _otherwise_described(usage, h, rng)
    about_kind, about_other = (_with_heads(h, others, place) for place in (kind, 1 - kind))
    about_other = np.where(possible[np.arange(len(kind)), 1 - kind], about_other, described)
    wider, can_be_wider = _wider(usage.world, h, 1 - kind)
    wider = np.where(can_be_wider, wider, about_other)
    other = _one_of_several([about_kind, about_other, described, wider], _OTHER, rng)
    return Versions(h, more, opposite, other)


def _about_two(usage: Usage, drawn: np.ndarray, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sentences about two with an adjective, and which of the two can be named by its kind.

    The verb must allow another kind in its place.
    """
    world, heads = usage.world, _heads(drawn)
    narrow = world.hypernyms[heads] > 0
    named = (heads > 0) & ~world.is_a("noun")[heads]
    can = narrow & world.takes_several[drawn["main"]["verb"]]
    fits = (narrow | named).all(1) & can.any(1) & (heads[:, 0] != heads[:, 1])
    made, kind = drawn[fits], _one_of(can[fits], rng)
    _describe(usage, made, rng)
    return made, kind


def _with_opposites(world: World, h: np.ndarray, more: np.ndarray, rng: Generator):
    """Sentences with one word, or just as often its opposite, and those that say the opposite."""
    contrast, flip = _one_of(_has_opposite(world, h), rng), rng.random(len(h)) < 0.5
    h = np.where(flip, _opposite(world, h, contrast), h)
    more = np.where(flip, _opposite(world, more, contrast), more)
    return h, more, _opposite(world, h, contrast)


def another_adjective(usage: Usage, nouns: np.ndarray, said: np.ndarray, rng: Generator):
    """An adjective for each noun, neither the one that was said nor its opposite."""
    adjectives, again = np.zeros_like(nouns), np.ones(len(nouns), bool)
    while again.any():
        adjectives[again] = usage.adjective.draw(rng, usage.noun_index(nouns[again]))
        again = (adjectives == said) | (adjectives == usage.world.antonyms[said])
    return adjectives


def _heads(made: np.ndarray) -> Int[np.ndarray, "sentence role"]:
    return np.stack([made["main"][role]["head"] for role in ROLES], 1)


def _adjectives(made: np.ndarray) -> Int[np.ndarray, "sentence role"]:
    return np.stack([made["main"][role]["adjective"] for role in ROLES], 1)


def _one_of(possible: Bool[np.ndarray, "sentence place"], rng: Generator) -> np.ndarray:
    """One of the places that are possible in each sentence."""
    return (rng.random(possible.shape) * possible).argmax(1)


def _one_of_several(versions: list, shares: tuple[float, ...], rng: Generator) -> np.ndarray:
    chosen = rng.choice(len(versions), len(versions[0]), p=shares)
    return np.stack(versions)[chosen, np.arange(len(chosen))]


def _describe(usage: Usage, made: np.ndarray, rng: Generator) -> None:
    """Gives an adjective to a noun where there is none."""
    place = _one_of(usage.world.is_a("noun")[_heads(made)], rng)
    bare = ~_adjectives(made).any(1)
    for number, role in enumerate(ROLES):
        rows = np.flatnonzero(bare & (place == number))
        noun = usage.noun_index(made["main"][role]["head"][rows])
        made["main"][role]["adjective"][rows] = usage.adjective.draw(rng, noun)


def _wider(world: World, made: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each sentence with a kind at a place, and whether there is one."""
    wider, possible = made.copy(), np.zeros(len(made), bool)
    for number, role in enumerate(ROLES):
        kind = world.hypernyms[made["main"][role]["head"]] * (place == number)
        wider["main"][role]["head"][kind > 0] = kind[kind > 0]
        possible |= kind > 0
    return wider, possible


def _has_opposite(world: World, made: np.ndarray) -> Bool[np.ndarray, "sentence place"]:
    """Whether the verb, the subject's and the object's adjective have opposites."""
    return np.column_stack([world.antonyms[made["main"]["verb"]] > 0, _adjectives(made) > 0])


def _opposite(world: World, made: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Each sentence with the opposite of the word at a place of `_has_opposite`."""
    changed = made.copy()
    main = changed["main"]
    words = (main["verb"], main["subject"]["adjective"], main["object"]["adjective"])
    for number, word in enumerate(words):
        word[place == number] = world.antonyms[word[place == number]]
    return changed


def _otherwise_described(usage: Usage, made: np.ndarray, rng: Generator) -> np.ndarray:
    changed, place = made.copy(), _one_of(_adjectives(made) > 0, rng)
    for number, role in enumerate(ROLES):
        rows = np.flatnonzero(place == number)
        phrase = made["main"][role][rows]
        other = another_adjective(usage, phrase["head"], phrase["adjective"], rng)
        changed["main"][role]["adjective"][rows] = other
    return changed


def _with_heads(made: np.ndarray, heads: np.ndarray, place: np.ndarray) -> np.ndarray:
    changed = made.copy()
    for number, role in enumerate(ROLES):
        changed["main"][role]["head"][place == number] = heads[place == number, number]
    return changed


def _other_heads(usage: Usage, made: np.ndarray, kind: np.ndarray, rng: Generator):
    """Others for the subject and the object of each sentence, and whether they are possible.

    They are drawn like those that are there, and hardly oftener, so that neither of the two can be
    told from the other: few attempts, and sentences without another are left out.
    """
    world, adjectives = usage.world, _adjectives(made)
    heads, others = _heads(made), _heads(made)
    possible = np.zeros(heads.shape, bool)
    choices, names = (usage.subject, usage.object), usage.named
    for number, role in enumerate(ROLES):
        for _ in range(_ATTEMPTS):
            rows = np.flatnonzero(~possible[:, number])
            old, verb, topic = heads[rows, number], made["main"]["verb"][rows], made["topic"][rows]
            new = choices[number].draw(rng, usage.given_verb(topic, verb))
            fits = (world.hypernyms[new] > 0) & (usage.named_as[role].draw(rng, verb) == 0)
            fits &= (kind[rows] != number) | (world.hypernyms[new] != world.hypernyms[old])
            fits &= world.suits[adjectives[rows, number], world.classes[new]]
            for category, choice in names.items():
                called = np.flatnonzero(world.is_a(category)[old])
                new[called], fits[called] = choice.draw(rng, topic[called]), True
            others[rows, number] = new
            possible[rows, number] = fits & (new[:, None] != heads[rows]).all(1)
    return others, possible

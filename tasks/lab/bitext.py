"""Meanings for parallel sentences and paraphrases: each can be told from all others."""

import numpy as np

from tasks.lab.discourse import singles
from tasks.lab.meanings import MEANING, linked
from tasks.lab.order import PHRASES
from tasks.lab.sampling import Generator
from tasks.lab.usage import Usage
from tasks.lab.world import World

_MIN_WORDS = 4
"""Fewest content words of a sentence: shorter ones are too often alike."""
_DRAWN = 3
"""Meanings that are drawn at a time for each one that is asked for."""


def parallel_meanings(usage: Usage, count: int, rng: Generator) -> np.ndarray:
    """Sentences of at least four content words, no two with the same ones but for one."""
    made, known = np.zeros(0, MEANING), set()
    while len(made) < count:
        drawn = singles(usage, "wiki", _DRAWN * count, rng)
        bags = content(usage.world, drawn)
        new = []
        for row, bag in enumerate(bags):
            near = {bag, *(bag[:place] + bag[place + 1 :] for place in range(len(bag)))}
            if len(bag) >= _MIN_WORDS and known.isdisjoint(near):
                known |= near
                new.append(row)
        made = np.concatenate([made, drawn[new]])
    return made[:count]


def content(world: World, made: np.ndarray) -> list[tuple[int, ...]]:
    """The sorted content words of each meaning: nouns, names, verbs, adjectives, adverbs."""
    columns = [made["main"]["adverb"]]
    for clause, phrases in PHRASES.items():
        columns.append(made[clause]["verb"])
        for phrase in phrases:
            columns += [made[clause][phrase][part] for part in ("adjective", "head", "last")]
    bags = np.sort(np.stack(columns, 1), 1)
    bags = np.where(world.is_a("pronoun")[bags], 0, bags)
    return [tuple(number for number in bag if number) for bag in bags.tolist()]


def paraphrased(world: World, made: np.ndarray, rng: Generator) -> np.ndarray:
    """The same said in another way: other synonyms, another part first."""
    said = made.copy()
    said["register"] = ~made["register"]
    main = made["main"]
    there = [np.ones(len(made), bool), main["adverb"] > 0, main["oblique"]["head"] > 0]
    place = rng.integers(1, len(there), len(made))  # in FRONTED
    possible = np.choose(place, there)
    said["fronted"] = np.where(made["fronted"] > 0, 0, np.where(possible, place, 0))
    said["extraposed"] = ~made["extraposed"]
    said["second_first"] = linked(world, made) & ~made["second_first"]
    return said

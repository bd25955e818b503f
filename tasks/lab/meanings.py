"""Meanings: tables with a column for each part of a sentence.

A sentence has a main clause, perhaps a relative clause on its subject or object, and perhaps a
second clause. Columns hold numbers of concepts, 0 where a part is absent.
"""

import numpy as np

from tasks.lab.world import World

PHRASE = np.dtype(
    [
        ("adposition", "i2"),
        ("definite", "?"),
        ("plural", "?"),
        ("numeral", "i2"),
        ("adjective", "i2"),
        ("head", "i2"),  # a noun, a name or a pronoun
        ("last", "i2"),  # a family name after a given name, a kind of group after its name
    ]
)
CLAUSE = np.dtype(
    [
        ("subject", PHRASE),
        ("verb", "i2"),
        ("object", PHRASE),
        ("oblique", PHRASE),
        ("adverb", "i2"),
        ("tense", "i1"),  # place in `TENSES`
        ("negated", "?"),
    ]
)
MEANING = np.dtype(
    [
        ("topic", "i8"),
        ("main", CLAUSE),
        ("relative", CLAUSE),  # its subject is the noun that it belongs to
        ("on_object", "?"),
        ("second", CLAUSE),
        ("link", "i2"),  # a conjunction
        ("question", "?"),
        # How it is said, not what:
        ("fronted", "i1"),  # place in `FRONTED`
        ("extraposed", "?"),  # the relative clause comes last
        ("second_first", "?"),  # because it rains, she stays
        ("register", "?"),  # of two synonyms the second
    ]
)
FRONTED = ("", "adverb", "oblique", "object")
MENTIONS = (
    ("main", "subject"), ("relative", "object"), ("main", "object"), ("main", "oblique"),
    ("second", "subject"), ("second", "object"),
)  # fmt: skip
"""Phrases that may mention a noun, in the order of speaking."""


def linked(world: World, made: np.ndarray) -> np.ndarray:
    """Whether the second clause is subordinate (otherwise coordinate, or absent)."""
    return world.is_a("subordination")[made["link"]]

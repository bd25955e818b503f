"""The true dictionary of two languages of the lab: all forms of all content words."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tasks.lab.discourse import STYLES
from tasks.lab.lexicon import CELLS
from tasks.lab.ontology import TENSES
from tasks.lab.realise import Language
from tasks.lab.world import World

CONTENT = ("noun", "verb", "adjective", "adverb")
_USUAL_CASE = 0.6
"""Weight of the first case; the others share the rest."""


class Entry(NamedTuple):
    """A word and one of its translations."""

    source: str
    target: str
    weight: float
    """The weights of a source word sum to 1."""


def dictionary(world: World, source: Language, target: Language) -> list[Entry]:
    """All pairs of forms that say the same: number with number, tense with tense."""
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for category in CONTENT:
        for number in world.of(category):
            forms = dict(_forms(source, number, category)), list(_forms(target, number, category))
            for (feature, word), share in forms[0].items():
                for (other, translation), weight in forms[1]:
                    if other == feature:
                        weights[word][translation] += share * weight
    return [
        Entry(word, translation, weight / sum(translations.values()))
        for word, translations in weights.items()
        for translation, weight in translations.items()
    ]


def _forms(language: Language, number: int, category: str) -> Iterator[tuple[tuple, float]]:
    """Yields ((what the form says beside its concept, form), how usual it is)."""
    rate = STYLES["wiki"].register
    usual: dict[tuple, float] = defaultdict(float)
    for register, share in ((0, 1 - rate), (1, rate)):
        for cell, feature, weight in _cells(language, category):
            form = language.forms[number, register, cell].strip()
            usual[feature, form] += share * weight
    return iter(usual.items())


def _cells(language: Language, category: str) -> Iterator[tuple[int, str, float]]:
    """Yields (cell, what it says, weight) of the cells that the grammar uses."""
    grammar = language.grammar
    if category == "noun":
        cases = 5 if grammar.cases else 1
        for cell in range(2 * cases):
            weight = 1.0 if cases == 1 else _USUAL_CASE if cell < 2 else (1 - _USUAL_CASE) / 4
            yield cell, ("one", "many")[cell % 2], weight
    elif category == "verb":
        for cell in range(0, CELLS, 6 if grammar.verb_agrees else CELLS):
            for tense, name in enumerate(TENSES):
                yield cell + (tense if grammar.tense == "ending" else 0), name, 1.0
    elif category == "adjective" and grammar.adjective_agrees:
        yield from ((0, "", 0.75), (1, "", 0.25))
    else:
        yield 0, "", 1.0

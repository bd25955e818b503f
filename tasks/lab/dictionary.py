"""The true dictionary of two languages of the lab: all forms of content words, but those of verbs
with an ending that negates."""

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
    lemma: str
    """The source word without endings."""


def dictionary(world: World, source: Language, target: Language) -> list[Entry]:
    """All pairs of forms that say the same: number with number, tense with tense."""
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    lemmas: dict[str, str] = {}
    for category in CONTENT:
        for number in world.of(category):
            translated = _forms(target, number, category)
            for (feature, word, lemma), share in _forms(source, number, category).items():
                lemmas[word] = lemma
                for (other, translation, _), weight in translated.items():
                    if other == feature:
                        weights[word][translation] += share * weight
    return [
        Entry(word, translation, weight / sum(translations.values()), lemmas[word])
        for word, translations in weights.items()
        for translation, weight in translations.items()
    ]


def _forms(language: Language, number: int, category: str) -> dict[tuple[str, str, str], float]:
    """(What the form says beside its concept, form, lemma): how usual it is."""
    rate = STYLES["wiki"].register
    usual: dict[tuple[str, str, str], float] = defaultdict(float)
    for register, share in ((0, 1 - rate), (1, rate)):
        for cell, feature, weight in _cells(language, category):
            form, lemma = (language.forms[number, register, one].strip() for one in (cell, 0))
            usual[feature, form, lemma] += share * weight
    return usual


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

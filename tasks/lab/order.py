"""Places of a sentence that may hold a word, their order in a language, and what depends on what.

A meaning has the same places in all languages; a grammar leaves some empty and orders them. The
order of a sentence depends on its `Construction` only, so it is worked out once for each.
"""

import itertools
from typing import NamedTuple

from tasks.lab.grammar import Grammar
from tasks.lab.meanings import FRONTED


class Slot(NamedTuple):
    """A place for one word."""

    clause: str
    """`main`, `relative`, `second`."""
    phrase: str
    """`subject`, `object`, `oblique`; empty for the clause itself."""
    part: str


PHRASES = {
    "main": ("subject", "object", "oblique"),
    "relative": ("object",),
    "second": ("subject", "object"),
}
PHRASE_PARTS = ("adposition", "article", "numeral", "adjective", "head", "last")
CLAUSE_PARTS = {
    "main": ("verb", "auxiliary", "negation", "adverb", "question", "comma", "stop"),
    "relative": ("verb", "auxiliary", "negation", "link"),
    "second": ("verb", "auxiliary", "negation", "link"),
}
SLOTS = tuple(
    Slot(clause, phrase, part)
    for clause in PHRASES
    for phrase, parts in (
        ("", CLAUSE_PARTS[clause]), *((name, PHRASE_PARTS) for name in PHRASES[clause])
    )
    for part in parts
)  # fmt: skip
INDEX = {slot: index for index, slot in enumerate(SLOTS)}


class Construction(NamedTuple):
    """What the order of words depends on, beside the grammar."""

    question: bool
    fronted: int
    """Place in `FRONTED`."""
    extraposed: bool
    on_object: bool
    second_first: bool


CONSTRUCTIONS = tuple(
    Construction(*values)
    for values in itertools.product(
        (False, True), range(len(FRONTED)), (False, True), (False, True), (False, True)
    )
)


def order(grammar: Grammar, construction: Construction) -> list[int]:
    """All places, as indices into `SLOTS`, in the order in which they are spoken."""
    main = _clause(grammar, "main", construction)
    if grammar.extraposition and construction.extraposed:
        main = main + _relative(grammar)
    second = _clause(grammar, "second", construction)
    comma, question = Slot("main", "", "comma"), Slot("main", "", "question")
    clauses = (second, main) if construction.second_first else (main, second)
    spoken = [*clauses[0], comma, *clauses[1]]
    spoken = [question, *spoken] if grammar.question == "first" else [*spoken, question]
    return [INDEX[slot] for slot in (*spoken, Slot("main", "", "stop"))]


def _clause(grammar: Grammar, name: str, construction: Construction) -> list[Slot]:
    parts = {phrase: _phrase(grammar, name, phrase) for phrase in PHRASES[name]}
    if name == "second":
        front = [Slot(name, "", "link")]
    else:
        parts["adverb"] = [Slot(name, "", "adverb")]
        if not (grammar.extraposition and construction.extraposed):
            owner = "object" if construction.on_object else "subject"
            parts[owner] = _around(parts[owner], _relative(grammar), grammar.relative)
        front = parts.pop(_fronted(grammar, construction), [])
    parts["verb"] = _verb(grammar, name)
    inverted = name == "main" and construction.question and grammar.question == "inversion"
    sequence = _SEQUENCES["VSO" if inverted else grammar.order]
    return [*front, *(slot for part in sequence for slot in parts.get(part, []))]


_SEQUENCES = {
    "SVO": ("subject", "verb", "object", "oblique", "adverb"),
    "SOV": ("subject", "adverb", "oblique", "object", "verb"),
    "VSO": ("verb", "subject", "object", "oblique", "adverb"),
}


def _fronted(grammar: Grammar, construction: Construction) -> str:
    first = FRONTED[construction.fronted]
    return "" if first == "object" and not grammar.fronted_object else first


def _relative(grammar: Grammar) -> list[Slot]:
    verb, link = _verb(grammar, "relative"), [Slot("relative", "", "link")]
    told = _phrase(grammar, "relative", "object")
    body = [*told, *verb] if grammar.order == "SOV" else [*verb, *told]
    return [*body, *link] if grammar.relative == "before" else [*link, *body]


def _verb(grammar: Grammar, clause: str) -> list[Slot]:
    verb, auxiliary, negation = (Slot(clause, "", part) for part in CLAUSE_PARTS[clause][:3])
    group = [verb, auxiliary] if grammar.order == "SOV" else [auxiliary, verb]
    return [*group, negation] if grammar.negation == "after" else [negation, *group]


def _phrase(grammar: Grammar, clause: str, phrase: str) -> list[Slot]:
    adposition, article, numeral, adjective, head, last = (
        Slot(clause, phrase, part) for part in PHRASE_PARTS
    )
    slots = _around([head, last], [adjective], grammar.adjective)
    slots = _around(slots, [numeral], grammar.numeral)
    return _around([article, *slots], [adposition], grammar.adposition)


def _around(slots: list[Slot], others: list[Slot], side: str) -> list[Slot]:
    return [*others, *slots] if side == "before" else [*slots, *others]

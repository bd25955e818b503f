"""Sentences with their dependency trees (Universal Dependencies) and named entities (BIO)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tasks.lab.meanings import linked
from tasks.lab.order import SLOTS, Slot
from tasks.lab.realise import Language
from tasks.lab.world import ENTITIES, NAMES


class Token(NamedTuple):
    """A word with all that is known about it."""

    form: str
    lemma: str
    upos: str
    head: int
    """Number of the word that it depends on, from 1; 0 for the root."""
    relation: str
    entity: str
    """`O`, or `B-` or `I-` with `PER`, `LOC` or `ORG`."""
    gloss: str
    """The concept and the names of the endings."""


UPOS = {
    "noun": "NOUN", "verb": "VERB", "adjective": "ADJ", "adverb": "ADV", "adposition": "ADP",
    "pronoun": "PRON", "article": "DET", "coordination": "CCONJ", "subordination": "SCONJ",
    "auxiliary": "AUX", "particle": "PART", "number": "NUM", "mark": "PUNCT",
    **dict.fromkeys(NAMES, "PROPN"),
}  # fmt: skip

_IN_PHRASE = {
    "adposition": "case",
    "article": "det",
    "numeral": "nummod",
    "adjective": "amod",
    "last": "flat",
}
_OF_PHRASE = {"subject": "nsubj", "object": "obj", "oblique": "obl"}
_OF_VERB = {
    "auxiliary": "aux",
    "negation": "advmod",
    "adverb": "advmod",
    "question": "discourse",
    "stop": "punct",
}


def _dependency(slot: Slot) -> tuple[Slot | None, str]:
    """The head and relation of a place; those that differ between sentences are set later."""
    verb = Slot(slot.clause, "", "verb")
    if slot.phrase:
        if slot.part == "head":
            return verb, _OF_PHRASE[slot.phrase]
        return slot._replace(part="head"), _IN_PHRASE[slot.part]
    if slot.part == "verb":
        main = Slot("main", "", "verb")
        return {"main": (None, "root"), "relative": (None, "acl:relcl"), "second": (main, "conj")}[
            slot.clause
        ]
    if slot.part == "comma":
        return Slot("second", "", "verb"), "punct"
    if slot.part == "link":
        return verb, "nsubj" if slot.clause == "relative" else "cc"
    return verb, _OF_VERB[slot.part]


_DEPENDENCIES = {slot: _dependency(slot) for slot in SLOTS}
_RELATIVE, _SECOND = Slot("relative", "", "verb"), Slot("second", "", "verb")
_LINK, _THAT = Slot("second", "", "link"), Slot("relative", "", "link")


def analyse(language: Language, made: np.ndarray) -> Iterator[list[Token]]:
    """Yields the words of each meaning in one language, in the order of `Language.sentences`."""
    concepts, cells = language.places(made)
    orders = language.spoken_order(made)
    subordinate = linked(language.world, made)
    for row in range(len(made)):
        dependencies = dict(_DEPENDENCIES)
        owner = "object" if made["on_object"][row] else "subject"
        dependencies[_RELATIVE] = Slot("main", owner, "head"), "acl:relcl"
        if subordinate[row]:
            dependencies[_SECOND] = dependencies[_SECOND][0], "advcl"
            dependencies[_LINK] = dependencies[_LINK][0], "mark"
        spoken = [place for place in orders[row] if concepts[row, place]]
        register = int(made["register"][row])
        yield _tokens(language, spoken, concepts[row], cells[row], register, dependencies)


def _tokens(language, spoken, concepts, cells, register, dependencies) -> list[Token]:
    world, number = language.world, {SLOTS[place]: i for i, place in enumerate(spoken, 1)}
    tokens = []
    for place in spoken:
        slot, concept = SLOTS[place], concepts[place]
        gloss, category = world.concepts[concept]
        endings = language.lexicon.endings_in(concept, cells[place])
        head, relation = dependencies[slot]
        forms = language.forms[concept, register]
        tokens.append(
            Token(
                form=forms[cells[place]].strip(),
                lemma=forms[0].strip(),
                upos="PRON" if slot == _THAT else UPOS[category],
                head=number[head] if head else 0,
                relation=relation,
                entity=_entity(slot, concepts, world),
                gloss="-".join([gloss, *endings]).replace("_", "-"),
            )
        )
    return tokens


def _entity(slot: Slot, concepts, world) -> str:
    if slot.part not in ("head", "last"):
        return "O"
    head = concepts[SLOTS.index(slot._replace(part="head"))]
    kind = ENTITIES.get(world.concepts[head].category)
    if kind is None:
        return "O"
    return f"{'B' if slot.part == 'head' else 'I'}-{kind}"


def conllu(tokens: list[Token]) -> str:
    """A sentence in CoNLL-U, the gloss of each word in the last column."""
    lines = [f"# text = {' '.join(token.form for token in tokens)}"]
    for number, token in enumerate(tokens, 1):
        columns = (
            number, token.form, token.lemma, token.upos, "_", "_", token.head, token.relation,
            "_", f"Gloss={token.gloss}",
        )  # fmt: skip
        lines.append("\t".join(map(str, columns)))
    return "\n".join(lines) + "\n\n"


def tagged(tokens: list[Token]) -> str:
    """A sentence in two columns, word and BIO tag."""
    return "".join(f"{token.form}\t{token.entity}\n" for token in tokens) + "\n"

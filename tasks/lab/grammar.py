"""Languages as typed data: what a language does with a meaning, apart from its words."""

from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

import numpy as np

from mlm_xling.languages import words_and_grammar

Side = Literal["before", "after"]


@dataclass(frozen=True)
class Grammar:
    """The word order and morphology of a language; the defaults are those of `a`."""

    order: Literal["SVO", "SOV", "VSO"] = "SVO"
    adjective: Side = "before"
    """The side of its noun on which an adjective stands; the next three tell the same."""
    numeral: Side = "before"
    adposition: Side = "before"
    relative: Side = "after"
    articles: Literal["both", "definite", "none"] = "both"
    tense: Literal["ending", "auxiliary"] = "ending"
    negation: Literal["before", "after", "ending"] = "before"
    """The side of the verb on which the negation stands, or an ending of the verb."""
    question: Literal["first", "last", "inversion"] = "last"
    """The place of the question particle; or the verb before the subject instead of one."""
    cases: bool = False
    """Whether there are endings for the object and instead of `in`, `to` and `with`."""
    adjective_agrees: bool = False
    """Whether an adjective agrees with its noun in number."""
    verb_agrees: bool = False
    """Whether a verb agrees with its subject in number."""
    gender: bool = True
    """Whether he, she and it are different words."""
    fronted_object: bool = False
    """Whether the object may come first."""
    extraposition: bool = False
    """Whether a relative clause may leave its noun for the end of the clause."""


GRAMMARS = {
    "a": Grammar(),
    "b": Grammar(),
    "c": Grammar(
        adjective="after",
        negation="after",
        question="inversion",
        adjective_agrees=True,
        verb_agrees=True,
    ),
    "d": Grammar(
        order="SOV",
        adposition="after",
        articles="definite",
        tense="auxiliary",
        fronted_object=True,
        extraposition=True,
    ),
    "e": Grammar(
        order="VSO",
        adjective="after",
        numeral="after",
        articles="none",
        negation="ending",
        question="first",
        cases=True,
        verb_agrees=True,
        gender=False,
        fronted_object=True,
        extraposition=True,
    ),
}
"""Grammars ever farther from `a`: `b` differs in its words only, `e` in nearly everything."""


def grammar_of(code: str, seed: int) -> Grammar:
    """The grammar of a language; of one that is not in `GRAMMARS`, it is drawn."""
    _, code = words_and_grammar(code)
    if code in GRAMMARS:
        return GRAMMARS[code]
    rng = np.random.default_rng([seed, *code.encode()])
    hints = get_type_hints(Grammar)
    values = {
        field.name: rng.choice(get_args(hints[field.name]) or (True, False)).item()
        for field in fields(Grammar)
    }
    if rng.random() < 0.9:  # languages with the verb last have postpositions, others prepositions
        values["adposition"] = "after" if values["order"] == "SOV" else "before"
    return Grammar(**values)

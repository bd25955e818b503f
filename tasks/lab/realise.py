"""Meanings to sentences of a language: every place of a sentence gets a word, or none.

Whole tables at a time: a concept and a cell of its paradigm for each place, then the places in
the order of the language.
"""

import numpy as np
from jaxtyping import Int

from mlm_xling.config import LabConfig
from tasks.lab.lexicon import CASE_OF, CASES, CELLS, Lexicon
from tasks.lab.meanings import linked
from tasks.lab.ontology import TENSES
from tasks.lab.order import CONSTRUCTIONS, INDEX, PHRASES, SLOTS, Construction, Slot, order
from tasks.lab.world import World


class Language:
    """Speaks meanings."""

    def __init__(self, world: World, code: str, lab: LabConfig):
        """Draws the lexicon of a language."""
        self.world, self.code = world, code
        self.lexicon = Lexicon(world, code, lab.seed, lab.anchors, lab.cognates)
        self.grammar = self.lexicon.grammar
        self.forms = self.lexicon.table()
        self.orders = np.array([order(self.grammar, kind) for kind in CONSTRUCTIONS])
        """The places of each construction's sentences in the order in which they are spoken."""
        self._case_of = self._governed_cases()

    def sentences(self, made: np.ndarray) -> list[str]:
        """The sentence of each meaning, words and punctuation separated by spaces."""
        concepts, cells = self.places(made)
        register = made["register"].astype(int)[:, None]
        flat = (concepts * 2 + register) * CELLS + cells
        spoken = np.take_along_axis(flat, self.spoken_order(made), 1)
        words = self.forms.ravel()[spoken].tolist()
        return ["".join(row)[1:] for row in words]

    def spoken_order(self, made: np.ndarray) -> Int[np.ndarray, "sentence place"]:
        """Indices into `SLOTS` in the order in which each sentence is spoken."""
        number = np.zeros(len(made), int)
        for column in Construction._fields:
            size = 1 + max(int(getattr(kind, column)) for kind in CONSTRUCTIONS)
            number = number * size + made[column]
        return self.orders[number]

    def places(
        self, made: np.ndarray
    ) -> tuple[Int[np.ndarray, "sentence slot"], Int[np.ndarray, "sentence slot"]]:
        """Which concept stands in each place of `SLOTS`, and in which cell of its paradigm."""
        concepts = np.zeros((len(made), len(SLOTS)), np.int32)
        cells = np.zeros((len(made), len(SLOTS)), np.int32)
        for clause, phrases in PHRASES.items():
            for phrase in phrases:
                self._phrase(made[clause][phrase], Slot(clause, phrase, ""), concepts, cells)
            self._verb(made[clause], clause, concepts, cells)
        self._particles(made, concepts)
        return concepts, cells

    def _phrase(self, phrase: np.ndarray, slot: Slot, concepts, cells) -> None:
        grammar, world = self.grammar, self.world
        at = {part: INDEX[slot._replace(part=part)] for part in _PARTS}
        for part in ("numeral", "adjective", "head", "last"):
            concepts[:, at[part]] = phrase[part]
        concepts[:, at["article"]] = self._articles(phrase)
        adposition = phrase["adposition"]
        case = np.zeros(len(phrase), int)
        if grammar.cases:
            case = self._case_of[adposition]
            if slot.phrase == "object":
                case = np.where(phrase["head"] > 0, CASES.index("accusative"), 0)
            adposition = np.where(self._expressed_by_case[adposition], 0, adposition)
        concepts[:, at["adposition"]] = adposition
        is_noun = world.is_a("noun")[phrase["head"]]
        ends_on_last = phrase["last"] > 0
        plural = phrase["plural"] & is_noun
        cells[:, at["head"]] = np.where(ends_on_last, 0, plural + 2 * case)
        cells[:, at["last"]] = np.where(ends_on_last, 2 * case, 0)
        if grammar.adjective_agrees:
            cells[:, at["adjective"]] = phrase["plural"]

    def _articles(self, phrase: np.ndarray) -> np.ndarray:
        indefinite, definite = self.world.of("article")
        if self.grammar.articles == "none":
            return np.zeros(len(phrase), int)
        if self.grammar.articles == "definite":
            indefinite = 0
        article = np.where(phrase["plural"], 0, indefinite)
        article = np.where(phrase["definite"], definite, article)
        return np.where(self.world.is_a("noun")[phrase["head"]], article, 0)

    def _governed_cases(self) -> np.ndarray:
        """Gives the case that each adposition governs, locative where it stays itself."""
        case_of = np.zeros(len(self.world.concepts), int)
        self._expressed_by_case = np.zeros(len(self.world.concepts), bool)
        for number in self.world.of("adposition"):
            case = CASE_OF.get(self.world.concepts[number].gloss)
            case_of[number] = CASES.index(case or "locative")
            self._expressed_by_case[number] = case is not None
        return case_of

    def _verb(self, clause: np.ndarray, name: str, concepts, cells) -> None:
        grammar, world = self.grammar, self.world
        there = clause["verb"] > 0
        at = {part: INDEX[Slot(name, "", part)] for part in ("verb", "auxiliary", "negation")}
        concepts[:, at["verb"]] = clause["verb"]
        tense, negated = clause["tense"] * there, clause["negated"] & there
        if grammar.tense == "auxiliary":
            auxiliaries = np.append([0], world.of("auxiliary"))
            concepts[:, at["auxiliary"]] = auxiliaries[tense]
            tense = np.zeros_like(tense)
        if grammar.negation != "ending":
            particle = world.number("particle", "not")
            concepts[:, at["negation"]] = np.where(negated, particle, 0)
            negated = np.zeros_like(negated)
        plural = clause["subject"]["plural"] & grammar.verb_agrees & there
        cells[:, at["verb"]] = tense + len(TENSES) * negated + 2 * len(TENSES) * plural

    def _particles(self, made: np.ndarray, concepts) -> None:
        world = self.world
        stop, question_mark, comma = world.of("mark")
        asks = made["question"]

        def put(clause: str, part: str, where: np.ndarray, concept) -> None:
            concepts[:, INDEX[Slot(clause, "", part)]] = np.where(where, concept, 0)

        put("main", "adverb", made["main"]["adverb"] > 0, made["main"]["adverb"])
        if self.grammar.question != "inversion":
            put("main", "question", asks, world.number("particle", "whether"))
        put("main", "stop", np.ones(len(made), bool), np.where(asks, question_mark, stop))
        put("main", "comma", linked(world, made), comma)
        put("second", "link", made["second"]["verb"] > 0, made["link"])
        relative = made["relative"]["verb"] > 0
        put("relative", "link", relative, world.number("particle", "that"))


_PARTS = ("adposition", "article", "numeral", "adjective", "head", "last")

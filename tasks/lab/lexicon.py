"""Word forms of a language, and which of them the languages share.

Every language draws its words from a script and syllables of its own, so that two languages share
a string only where `lab.anchors` says so, then the others write it as `a` does; or where
`lab.cognates` says that one has words from the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlm_xling.languages import words_and_grammar
from tasks.lab.grammar import grammar_of
from tasks.lab.ontology import NUMBERS, TENSES
from tasks.lab.world import NAMES, World

DONOR = "a"
"""The language whose forms the others share."""
ALL_ANCHORS = 0.25
"""The value of `lab.anchors` at which punctuation, numbers and names are shared, and no more."""
CASES = ("", "accusative", "locative", "dative", "instrumental")
CASE_OF = {"in": "locative", "to": "dative", "with": "instrumental"}
"""Adpositions that languages with cases do without."""
ENDINGS = ("plural", *CASES[1:], "past", "future", "negation", "verb_plural", "adjective_plural")
CELLS = 12
"""Forms of a word."""


def _endings(**said: object) -> tuple[str, ...]:
    return tuple(name for name in ENDINGS if said.get(name))


_UNCHANGED = [()] * CELLS
PARADIGMS = {
    "noun": [
        _endings(plural=cell % 2, **{CASES[min(cell // 2, len(CASES) - 1)]: True})
        for cell in range(CELLS)
    ],
    "verb": [
        _endings(negation=cell // 3 % 2, verb_plural=cell // 6, **{TENSES[cell % 3]: True})
        for cell in range(CELLS)
    ],
    "adjective": [_endings(adjective_plural=cell % 2) for cell in range(CELLS)],
}
"""Names of the endings in each cell of a category's paradigm: nouns number x case, verbs tense x
negation x number of the subject."""
CONTENT = ("noun", "verb", "adjective", "adverb")
"""Categories of words that languages may have from a related one."""
SYNONYMS = 0.12
"""Share of nouns and verbs that have a second word, used in the other register."""


@dataclass(frozen=True)
class Script:
    """Letters and punctuation."""

    consonants: str
    vowels: str
    marks: str
    """Full stop, question mark, comma."""


SCRIPTS = {
    "a": Script("bdfgklmnprstvz", "aeiou", ".?,"),
    "b": Script("βγδζθκλμνξπρστφχ", "αεηιουω", "·‽‚"),
    "c": Script("бвгджзклмнпрстфхцч", "аеиоуыэ", "¤¿¸"),
    "d": Script("բգդզթժլխծկհձղճմնշչպջռսվտրցփք", "աեէըիու", "։՞՝"),
    "e": Script("ბგდვზთკლმნპჟრსტფქღყშჩცძწჭხჯჰ", "აეიოუ", "჻⸮ჼ"),
}
_FURTHER, _LETTERS = 0x4E00, 24
"""Further languages take letters from there, each its own (there are enough for 874)."""


def script_of(code: str) -> Script:
    """The script of a language; no two share a letter or a mark."""
    if code in SCRIPTS:
        return SCRIPTS[code]
    number = sum((ord(letter) - ord("a") + 1) * 26**place for place, letter in enumerate(code))
    start = _FURTHER + number * _LETTERS
    letters = "".join(map(chr, range(start, start + _LETTERS)))
    return Script(letters[:15], letters[15:21], letters[21:])


class Lexicon:
    """The forms of all concepts in one language."""

    def __init__(
        self, world: World, code: str, seed: int, anchors: float, cognates: Sequence[str] = ()
    ):
        """Draws stems and endings, and takes shared ones from `a`.

        Args:
          cognates: `config.lab.cognates`.
        """
        self.world, self.grammar = world, grammar_of(code, seed)
        self.code, _ = words_and_grammar(code)
        self._rng = np.random.default_rng([seed, 2, *self.code.encode()])
        self._script = script_of(self.code)
        self._syllables = _syllables(self._script, self._rng)
        self._taken: set[str] = set()
        own_endings = {name: self._ending() for name in ENDINGS}
        words = range(len(world.concepts))
        own = [self._stem_pair(word, own_endings) for word in words]
        if self.code == DONOR:
            self.stems, self.endings, self.shared = own, own_endings, set()
            self._let_some_be_one_word()
            return
        donor = Lexicon(world, DONOR, seed, anchors)
        self.shared = shared_words(world, seed, anchors)
        """Concepts, and names of endings, whose form is that of `a`."""
        self.stems = [donor.stems[word] if word in self.shared else own[word] for word in words]
        source = {name: donor.endings if name in self.shared else own_endings for name in ENDINGS}
        self.endings = {name: endings[name] for name, endings in source.items()}
        for entry in cognates:
            heir, older, share = entry.split(":")
            if heir == self.code:
                from_older = Lexicon(world, older, seed, anchors, cognates)
                self._inherit(from_older, float(share), seed)
        self._let_some_be_one_word()

    def _inherit(self, older: "Lexicon", share: float, seed: int) -> None:
        """Takes a share of the content words that not all languages share from an older one."""
        rng = np.random.default_rng([seed, 7, *self.code.encode()])
        numbers = [
            number
            for number, concept in enumerate(self.world.concepts)
            if concept.category in CONTENT and number not in self.shared
        ]
        for number in rng.permutation(numbers)[: round(share * len(numbers))].tolist():
            self.stems[number] = older.stems[number]

    def table(self) -> np.ndarray:
        """Forms by concept x register x cell, each with a space before it; "" for nothing."""
        table = np.full((len(self.world.concepts), 2, CELLS), "", object)
        for number in range(1, len(self.world.concepts)):
            for register, stem in enumerate(self.stems[number]):
                table[number, register] = self._forms(number, f" {stem}", self.endings)
        return table

    def endings_in(self, number: int, cell: int) -> tuple[str, ...]:
        """Names of the endings that a cell of a concept's paradigm adds to the stem."""
        return self._paradigm(number)[cell]

    def _paradigm(self, number: int) -> list[tuple[str, ...]]:
        category = self.world.concepts[number].category
        nominal = self.world.classes[number] > 0 or category in ("pronoun", "family")
        return PARADIGMS.get("noun" if nominal else category, _UNCHANGED)

    def _forms(self, number: int, stem: str, endings: dict[str, str]) -> list[str]:
        return [stem + "".join(map(endings.__getitem__, cell)) for cell in self._paradigm(number)]

    def _let_some_be_one_word(self) -> None:
        """Gives homonyms one stem, whichever of them is shared, and without gender he, she, it."""
        for name, place in self.world.homonyms.items():
            self.stems[name] = self.stems[place]
        if not self.grammar.gender:
            it, he, she, _ = self.world.of("pronoun")
            self.stems[he] = self.stems[she] = self.stems[it]

    def _stem_pair(self, number: int, endings: dict[str, str]) -> tuple[str, str]:
        """Makes the usual word of a concept and its synonym, mostly the same."""
        category = self.world.concepts[number].category
        if category == "nothing":
            return "", ""
        place = number - self.world.of(category)[0]
        if category == "mark":
            first = self._script.marks[place]
        elif category == "number" and self._script is SCRIPTS[DONOR]:
            first = str(NUMBERS[place])
        else:
            first = self._word(number, category, endings)
            if category in ("noun", "verb") and self._rng.random() < SYNONYMS:
                return first, self._word(number, category, endings)
        return first, first

    def _word(self, number: int, category: str, endings: dict[str, str]) -> str:
        """A stem none of whose forms is a form of another word."""
        longer = category in ("noun", "verb", "adjective", "adverb", *NAMES)
        while True:
            count = self._rng.integers(2, 4) if longer else 1
            stem = "".join(self._syllable() for _ in range(count))
            forms = set(self._forms(number, stem, endings))
            if not forms & self._taken:
                self._taken |= forms
                return stem

    def _ending(self) -> str:
        while True:
            ending = self._syllable()
            if ending not in self._taken:
                self._taken.add(ending)
                return ending

    def _syllable(self) -> str:
        return self._syllables[self._rng.integers(len(self._syllables))]


def shared_words(world: World, seed: int, anchors: float) -> set[int | str]:
    """Concepts, and names of endings, whose form all languages share; more with more anchors."""
    rng = np.random.default_rng([seed, 3])
    first = [int(n) for category in ("mark", "number", *NAMES) for n in world.of(category)]
    others = [n for n in range(1, len(world.concepts)) if n not in set(first)]
    later = [*(int(n) for n in rng.permutation(others)), *ENDINGS]
    of_first = min(anchors / ALL_ANCHORS, 1)
    of_later = max((anchors - ALL_ANCHORS) / (1 - ALL_ANCHORS), 0)
    return {*first[: round(of_first * len(first))], *later[: round(of_later * len(later))]}


def _syllables(script: Script, rng: np.random.Generator) -> list[str]:
    """The language's own: consonant and vowel, some closed by one of four consonants."""
    open_ones = [c + v for c in script.consonants for v in script.vowels]
    closing = rng.choice(list(script.consonants), 4, replace=False)
    closed = [syllable + str(rng.choice(closing)) for syllable in open_ones]
    every = [*open_ones, *closed]
    return [str(one) for one in rng.choice(every, min(60, len(every)), replace=False)]

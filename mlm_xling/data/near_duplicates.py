"""Sentences that differ from others by one word, found by lookup.

Two sequences of words are one substitution apart if they are equal except for a gap at one
position, and one insertion or deletion apart if one is the other minus a word. So each reference
sentence is stored minus each of its words, with and without a gap (the symmetric deletion of
spelling correctors). Few sentences need that lookup: whichever word changes, one half of the
reference stays intact at the start or at the end, and this is checked first.
"""

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator

from mlm_xling.words import is_unspaced, pieces

SHORTEST = 4
"""Minimum number of words that are not numbers; shorter sentences are too ambiguous."""
_GAP = ""
_NUMBER = re.compile(r"\d[\d.,]*")
_MASK = "0"
_PUNCTUATION = string.punctuation + "«»‹›“”„‘’‚…–—·•¡¿،؛؟।"

Words = tuple[str, ...]


class NearDuplicates:
    """Container of the sentences within one word of some others: `sentence in near`.

    The word is substituted, inserted or deleted. Case, white space, punctuation around words and
    character variants (NFKC) are ignored, and all numbers are equal.
    """

    def __init__(self, sentences: Iterable[str] = (), language: str = ""):
        """Indexes the sentences to compare with, except those under `SHORTEST` words."""
        sentences = list(sentences)
        self._language = language
        self._unspaced = any(is_unspaced(letter) for line in sentences for letter in set(line))
        """Whether words must be segmented by dictionary, which takes ten times longer."""
        self._whole: set[Words] = set()
        self._changed: set[Words] = set()
        self._starts: set[Words] = set()
        self._ends: set[Words] = set()
        for sentence in sentences:
            self._add(self._words(sentence))

    def __contains__(self, sentence: str) -> bool:
        """Returns whether a sentence equals one of them or differs from it by a word."""
        if not self._whole:
            return False
        words = self._words(sentence)
        return self._shares_a_half(words) and (
            words in self._whole
            or words in self._changed
            or not self._whole.isdisjoint(_without_a_word(words))
            or not self._changed.isdisjoint(_with_a_gap(words))
        )

    def _add(self, words: Words) -> None:
        if sum(word != _MASK for word in words) < SHORTEST:
            return
        self._whole.add(words)
        self._changed.update(_without_a_word(words), _with_a_gap(words))
        half = len(words) // 2
        self._starts.add(words[:half])
        self._ends.add(words[-half:])

    def _shares_a_half(self, words: Words) -> bool:
        """Returns whether either half matches a reference, which may have one word less or more."""
        few, many = (len(words) - 1) // 2, (len(words) + 1) // 2
        return any(
            words[:half] in self._starts or words[len(words) - half :] in self._ends
            for half in range(few, many + 1)
        )

    def _words(self, sentence: str) -> Words:
        text = unicodedata.normalize("NFKC", sentence).casefold()
        if self._unspaced:
            parts = pieces(_NUMBER.sub(_MASK, text), self._language, numbers=True)
            return tuple([part for part in parts if part[0].isalnum()])
        words = [word if word.isalpha() else _plain(word) for word in text.split()]
        return tuple(filter(None, words))


def _plain(word: str) -> str:
    return _NUMBER.sub(_MASK, word.strip(_PUNCTUATION))


def _without_a_word(words: Words) -> Iterator[Words]:
    return (words[:place] + words[place + 1 :] for place in range(len(words)))


def _with_a_gap(words: Words) -> Iterator[Words]:
    return ((*words[:place], _GAP, *words[place + 1 :]) for place in range(len(words)))

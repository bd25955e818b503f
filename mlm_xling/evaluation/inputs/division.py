"""Which source words of a dictionary fit a map, and which are looked up.

Dictionaries list inflections: who has learnt `cat` has nearly learnt `cats`, so forms of one word
must not stand on both sides, and neither must words that share a translation. Words that hang
together in one of these ways, however indirectly, form a component, and components stay whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

import scipy

from mlm_xling.config import LexiconConfig

Translations = dict[str, tuple[str, ...]]
"""Source word -> all its translations."""
Lemmas = dict[str, tuple[str, ...]]
"""Source word -> its lemmas, for words of which the file names them."""
_ENDING = {3: 1}
"""Letters at most that may follow a common beginning of so many letters; fewer make no stem."""
_LONGEST_ENDING = 3
_SHORTEST_STEM = min(_ENDING)


class Entries(NamedTuple):
    """What a dictionary file says."""

    pairs: Translations
    lemmas: Lemmas


@dataclass(frozen=True)
class Dictionary:
    """Two disjoint sets of source words; every translation of a word is right."""

    train: Translations
    test: Translations
    single: Translations | None = None
    """Test words to be looked up in embeddings of single subwords, if not simply all."""
    lemmas: Lemmas = field(default_factory=dict)
    """Lemmas of the words of either set."""

    @property
    def of_single(self) -> Translations:
        """The test words that are looked up in embeddings of single subwords, too."""
        return self.test if self.single is None else self.single


def divide(entries: Entries, config: LexiconConfig) -> Dictionary:
    """Divides the source words at random (by a hash, so always the same), components whole.

    Of the most frequent words, which a file names first, `train_words` and `test_words` are asked
    for, or, if the dictionary has fewer, all of its words in that ratio. A component is looked up
    if it is no larger than what is still missing there, so a giant one, as polysemous words tie
    it together in any real dictionary, fits the map.
    """
    asked = config.train_words + config.test_words
    pairs = dict(islice(entries.pairs.items(), asked))
    wanted = round(len(pairs) * config.test_words / asked)
    return _divided(Entries(pairs, entries.lemmas), config, wanted)


def of_choice(dictionary: Dictionary, config: LexiconConfig) -> Dictionary:
    """Divides the words that fit the map into such that fit one and such that are looked up.

    What is found there chooses a layer; the words of the test part have no part in it.
    """
    train = dictionary.train
    return _divided(Entries(train, dictionary.lemmas), config, len(train) // 2)


def _divided(entries: Entries, config: LexiconConfig, wanted: int) -> Dictionary:
    pairs, lemmas = entries
    chosen: set[str] = set()
    for component in sorted(_components(pairs, lemmas, config.stems), key=_hash):
        if len(chosen) + len(component) <= wanted:
            chosen.update(component)
    return Dictionary(
        train={word: others for word, others in pairs.items() if word not in chosen},
        test={word: others for word, others in pairs.items() if word in chosen},
        lemmas=lemmas,
    )


def stems(word: str) -> Iterator[str]:
    """Yields a word and its beginnings; words that have one of these in common share a stem.

    So two words share a stem that begin with the same four or more letters, after which neither
    has more than three, or with the same three, after which neither has more than one.
    """
    yield word
    for length in range(len(word) - 1, _SHORTEST_STEM - 1, -1):
        if len(word) - length <= _ENDING.get(length, _LONGEST_ENDING):
            yield word[:length]


def _components(pairs: Translations, lemmas: Lemmas, by_stem: bool) -> list[list[str]]:
    """The connected components of the graph of words and what they can have in common."""
    tied = scipy.cluster.hierarchy.DisjointSet(pairs)
    for word, others in pairs.items():
        for tie in _ties(word, others, lemmas, by_stem):
            tied.add(tie)
            tied.merge(word, tie)
    found: dict[object, list[str]] = {}
    for word in pairs:
        found.setdefault(tied[word], []).append(word)
    return list(found.values())


def _ties(
    word: str, others: tuple[str, ...], lemmas: Lemmas, by_stem: bool
) -> Iterator[tuple[str, str]]:
    """Yields what a word shares with those that must stand on its side."""
    if word in lemmas:
        yield from (("lemma", lemma) for lemma in lemmas[word])
    elif by_stem:
        yield from (("stem", stem) for stem in stems(word))
    for other in others:
        yield from (("target", stem) for stem in (stems(other) if by_stem else (other,)))


def _hash(component: list[str]) -> bytes:
    return blake2b(min(component).encode()).digest()

"""Division of a dictionary's source words into those that fit a map and those looked up.

Dictionaries list inflections: knowing `cat` nearly gives `cats`, so forms of one word must not be
on both sides, and neither must words that share a translation. Words linked in one of these ways,
even indirectly, form a component, and components stay whole.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import scipy

from mlm_xling.config import LexiconConfig

Translations = dict[str, tuple[str, ...]]
"""Source word -> all its translations."""
Lemmas = dict[str, tuple[str, ...]]
"""Source word -> its lemmas, for words whose lemmas the file gives."""
_ENDING = {3: 1}
"""Maximum letters after a common beginning of so many letters; shorter ones are no stem."""
_LONGEST_ENDING = 3
_SHORTEST_STEM = min(_ENDING)


class Entries(NamedTuple):
    """Contents of a dictionary file."""

    pairs: Translations
    lemmas: Lemmas


@dataclass(frozen=True)
class Dictionary:
    """Two disjoint sets of source words; any translation of a word is correct."""

    train: Translations
    test: Translations
    single: Translations | None = None
    """Test words to look up in embeddings of single subwords; None for all test words."""
    lemmas: Lemmas = field(default_factory=dict)
    """Lemmas of the words of either set."""
    component: Mapping[str, str] = field(default_factory=dict)
    """The first word of each word's component: its words are not independent items."""

    def components_of(self, words: Sequence[str]) -> list[str]:
        """Returns the first word of each word's component; a word without one is its own."""
        return [self.component.get(word, word) for word in words]

    @property
    def of_single(self) -> Translations:
        """The test words that are also looked up in embeddings of single subwords."""
        return self.test if self.single is None else self.single


def divide(entries: Entries, config: LexiconConfig) -> Dictionary:
    """Divides the source words at random (deterministically, by hash), keeping components whole.

    `train_words` and `test_words` are taken from the most frequent words, which come first in a
    file; smaller dictionaries are divided in that ratio. A component goes to the test side if it is
    no larger than what is still missing there, so a giant one, as polysemous words create in any
    real dictionary, goes to the training side.
    """
    asked = config.train_words + config.test_words
    pairs = dict(itertools.islice(entries.pairs.items(), asked))
    wanted = round(len(pairs) * config.test_words / asked)
    return _divided(Entries(pairs, entries.lemmas), config, wanted)


def of_choice(dictionary: Dictionary, config: LexiconConfig) -> Dictionary:
    """Divides the training words again, to fit a map and to look up.

    These look-ups select a layer, so that test words play no part in the selection.
    """
    train = dictionary.train
    return _divided(Entries(train, dictionary.lemmas), config, len(train) // 2)


def _divided(entries: Entries, config: LexiconConfig, wanted: int) -> Dictionary:
    pairs, lemmas = entries
    chosen: set[str] = set()
    components = _components(pairs, lemmas, config.stems)
    for component in sorted(components, key=_hash):
        if len(chosen) + len(component) <= wanted:
            chosen.update(component)
    return Dictionary(
        train={word: others for word, others in pairs.items() if word not in chosen},
        test={word: others for word, others in pairs.items() if word in chosen},
        lemmas=lemmas,
        component={word: words[0] for words in components for word in words},
    )


def stems(word: str) -> Iterator[str]:
    """Yields a word and its beginnings; words that have one of these in common share a stem.

    That is, words share a stem if they begin with the same four or more letters, followed by at
    most three in each, or with the same three, followed by at most one.
    """
    yield word
    for length in range(len(word) - 1, _SHORTEST_STEM - 1, -1):
        if len(word) - length <= _ENDING.get(length, _LONGEST_ENDING):
            yield word[:length]


def _components(pairs: Translations, lemmas: Lemmas, by_stem: bool) -> list[list[str]]:
    """Returns the connected components of the graph of words and their ties."""
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
    """Yields what ties a word to others that must be on the same side."""
    # A word without a lemma may be the lemma of another, or a form of it.
    own = lemmas.get(word) or (stems(word) if by_stem else (word,))
    yield from (("form", tie) for tie in own)
    for other in others:
        yield from (("target", stem) for stem in (stems(other) if by_stem else (other,)))


def _hash(component: list[str]) -> bytes:
    return blake2b(min(component).encode()).digest()

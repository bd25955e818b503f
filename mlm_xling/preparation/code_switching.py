"""Code-switching: replaces words of the training text by translations, before tokenisation.

This creates the anchors of the row Extra anchors (docs/method.md section 4): each word in the
dictionaries is replaced with probability 0.3, but at most 15% of the words of a sentence. That
maximum is rounded at random, so that short sentences switch as much as long ones.
"""

import math
import random
from collections.abc import Sequence
from hashlib import blake2b

from mlm_xling.config import CodeSwitchingConfig
from mlm_xling.data.dictionaries import Dictionary
from mlm_xling.words import is_unspaced, pieces
from tasks.sentences import Switched


class CodeSwitcher:
    """Switches sentences of one language; a function of (seed, version, sentence)."""

    def __init__(
        self,
        config: CodeSwitchingConfig,
        language: str,
        dictionaries: Sequence[Dictionary],
        seed: int,
        version: int,
    ):
        """Takes dictionaries into other languages; each version switches different words."""
        self._config, self._language, self._dictionaries = config, language, dictionaries
        self._key = f"{seed} {version} {language}\n"

    def __call__(self, sentence: str) -> Switched:
        """Replaces some of the words of a sentence."""
        digest = blake2b((self._key + sentence).encode(), digest_size=8).digest()
        rng = random.Random(int.from_bytes(digest, "little"))
        parts = pieces(sentence, self._language, numbers=True)
        words = [place for place, part in enumerate(parts) if part[0].isalnum()]
        known = [place for place in words if self._known(parts[place])]
        mean = min(self._config.probability * len(known), self._config.cap * len(words))
        chosen = rng.sample(known, math.floor(mean + rng.random()))
        changed = 0
        for place in chosen:
            translation = self._translated(parts[place], rng)
            changed += translation != parts[place]  # Names translate as themselves.
            # Text without spaces would join the foreign word to its neighbours.
            around = " " if is_unspaced(parts[place]) else ""
            parts[place] = around + translation + around
        return Switched("".join(parts), len(words), changed)

    def _known(self, word: str) -> list[dict[str, float]]:
        """Returns a word's translations per language, or else those of its lower case."""
        exact = [words[word] for words in self._dictionaries if word in words]
        lower = word.lower()
        return exact or [words[lower] for words in self._dictionaries if lower in words]

    def _translated(self, word: str, rng: random.Random) -> str:
        """Draws a translation, uniformly over languages, then by weight; keeps a capital."""
        weights = rng.choice(self._known(word))
        (translation,) = rng.choices(list(weights), list(weights.values()))
        if word[0].isupper():
            return translation[0].upper() + translation[1:]
        return translation

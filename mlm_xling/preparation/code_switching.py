"""Code-switching: words of the training text replaced by translations, before tokenisation.

This makes the anchors of the row Extra anchors (docs/method.md section 4): each word that the
dictionaries know is replaced with probability 0.3, but at most 15% of the words of a sentence.
"""

import random
import re
from collections.abc import Callable, Sequence
from hashlib import blake2b

from mlm_xling.config import CodeSwitchingConfig
from mlm_xling.data.dictionaries import Dictionary
from mlm_xling.errors import InputError

Segmenter = Callable[[str], list[str]]
"""Cuts a sentence into pieces that join to it again; a word is a piece of its own."""


class CodeSwitcher:
    """Switches the sentences of one language; a function of (seed, version, sentence)."""

    def __init__(
        self,
        config: CodeSwitchingConfig,
        language: str,
        dictionaries: Sequence[Dictionary],
        seed: int,
        version: int,
    ):
        """Takes dictionaries into other languages; another version switches other words.

        Raises:
          InputError: the language is written without spaces and its segmenter is not installed.
        """
        self._config, self._dictionaries = config, dictionaries
        self._segment = segmenter(language)
        # Without spaces of its own, a text would glue the foreign word to its neighbours.
        self._around = " " if base_language(language) in UNSPACED else ""
        self._key = f"{seed} {version} {language}\n"

    def __call__(self, sentence: str) -> str:
        """The sentence with some of its words replaced."""
        digest = blake2b((self._key + sentence).encode(), digest_size=8).digest()
        rng = random.Random(int.from_bytes(digest, "little"))
        pieces = self._segment(sentence)
        words = [place for place, piece in enumerate(pieces) if piece[:1].isalnum()]
        chosen = [
            place
            for place in words
            if rng.random() < self._config.probability and self._known(pieces[place])
        ]
        most = int(self._config.cap * len(words))
        for place in chosen if len(chosen) <= most else rng.sample(chosen, most):
            pieces[place] = self._around + self._translated(pieces[place], rng) + self._around
        return "".join(pieces)

    def _known(self, word: str) -> list[dict[str, float]]:
        """Its translations, by language; those of the word in lower case if it has none itself."""
        exact = [words[word] for words in self._dictionaries if word in words]
        lower = word.lower()
        return exact or [words[lower] for words in self._dictionaries if lower in words]

    def _translated(self, word: str, rng: random.Random) -> str:
        """One translation: any language, then in proportion to weight; a capital stays one."""
        weights = rng.choice(self._known(word))
        (translation,) = rng.choices(list(weights), list(weights.values()))
        if word[0].isupper():
            return translation[0].upper() + translation[1:]
        return translation


def segmenter(language: str) -> Segmenter:
    """How the sentences of a language fall into words: at what is no letter, or as `UNSPACED` says.

    Raises:
      InputError: what it needs is not installed.
    """
    return UNSPACED.get(base_language(language), lambda: re.compile(r"\w+|\W+").findall)()


def base_language(language: str) -> str:
    """`zh` of `zh_hant`."""
    return language.partition("_")[0]


def _jieba() -> Segmenter:
    try:
        import jieba  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError("code-switching Chinese needs words: pip install jieba") from None
    jieba.setLogLevel("ERROR")
    return jieba.lcut


UNSPACED: dict[str, Callable[[], Segmenter]] = {"zh": _jieba}
"""Makers of segmenters for languages written without spaces; add others here."""

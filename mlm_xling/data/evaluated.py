"""Sentences that evaluation uses, and those that differ from one of them by a word."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlm_xling.config import Config
from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.parallel import ParallelText, reserved, sentences_of
from mlm_xling.data.text import sentence_hash


@dataclass(frozen=True)
class Evaluated:
    """Container of sentences that evaluation uses, or within a word of a language's."""

    reserved: frozenset[int]
    """Hashes of the sentences, in any language."""
    near: NearDuplicates
    """Sentences within a word of those of the language."""

    def __contains__(self, sentence: str) -> bool:
        """Returns whether evaluation uses a sentence, or one that differs from it by a word."""
        return sentence_hash(sentence) in self.reserved or sentence in self.near


def evaluated(config: Config, text: ParallelText) -> dict[str, Evaluated]:
    """Returns what must be held out from the text of each language.

    Raises:
      InputError: as `reserved`.
    """
    hashes = reserved(config, text)
    return {
        language: Evaluated(hashes, NearDuplicates(_sentences(text, language, hashes), language))
        for language in config.languages
    }


def _sentences(text: ParallelText, language: str, hashes: frozenset[int]) -> Iterator[str]:
    sentences = (sentence for _, sentence in sentences_of(language, text))
    return (sentence for sentence in sentences if sentence_hash(sentence) in hashes)

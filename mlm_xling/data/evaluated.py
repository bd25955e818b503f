"""The sentences that evaluation uses, and whatever differs from one of them by a word."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlm_xling.config import Config
from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.parallel import ParallelText, reserved, sentences_of
from mlm_xling.data.text import sentence_hash


@dataclass(frozen=True)
class Evaluated:
    """Sentences of a language that evaluation uses, or within a word of them, as a container."""

    reserved: frozenset[int]
    """Hashes of the sentences."""
    near: NearDuplicates
    """Sentences within a word of those that evaluation uses."""

    def __contains__(self, sentence: str) -> bool:
        """Tells whether evaluation uses a sentence, wholly or but for a word."""
        return sentence_hash(sentence) in self.reserved or sentence in self.near


def evaluated(config: Config, text: ParallelText) -> dict[str, Evaluated]:
    """Finds the sentences of each language that evaluation uses.

    Raises:
      InputError: as `reserved`.
    """
    return {
        language: Evaluated(hashes, NearDuplicates(_sentences(text, language, hashes), language))
        for language, hashes in reserved(config, text).items()
    }


def _sentences(text: ParallelText, language: str, hashes: frozenset[int]) -> Iterator[str]:
    sentences = (sentence for _, sentence in sentences_of(language, text))
    return (sentence for sentence in sentences if sentence_hash(sentence) in hashes)

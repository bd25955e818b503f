"""The sentences that evaluation uses, and whatever differs from one of them by a word."""

from collections.abc import Iterator
from dataclasses import dataclass

from mlm_xling.config import Config
from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.parallel import ParallelText, reserved, sentences_of
from mlm_xling.data.text import sentence_hash


@dataclass(frozen=True)
class Evaluated:
    """Sentences that evaluation uses, or within a word of those of a language, as a container."""

    reserved: frozenset[int]
    """Hashes of the sentences, of whatever language."""
    near: NearDuplicates
    """Sentences within a word of those of the language."""

    def __contains__(self, sentence: str) -> bool:
        """Tells whether evaluation uses a sentence, wholly or but for a word."""
        return sentence_hash(sentence) in self.reserved or sentence in self.near


def evaluated(config: Config, text: ParallelText) -> dict[str, Evaluated]:
    """Finds what is to be kept out of the text of each language.

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

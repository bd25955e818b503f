"""What is done to each sentence by itself: pure functions of batches, for any process anywhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64, UInt8, UInt64

from mlm_xling.data.left_out import LeftOut, Reason
from mlm_xling.data.text import sentence_hash
from mlm_xling.vocabulary import END, Vocabulary
from mlm_xling.word_order import reordered

REASONS = (None, *Reason)
"""Why a sentence is left out, by number; 0: it stays."""


def lines_of(document: bytes) -> list[bytes]:
    """Lists the sentences of a document."""
    return [line for line in map(bytes.strip, document.split(b"\n")) if line]


class Switched(NamedTuple):
    """A sentence in which words may have been replaced."""

    sentence: str
    words: int
    """Number of all its words."""
    switched: int
    """Number of the words that were replaced."""


class Examined(NamedTuple):
    """What is known of sentences before any is left out."""

    reasons: UInt8[np.ndarray, " sentence"]
    """Numbers of `REASONS`."""
    hashes: UInt64[np.ndarray, " sentence"]
    """The `sentence_hash` of each sentence."""


@dataclass(frozen=True)
class Examine:
    """Tells of each sentence whether it stays."""

    left_out: LeftOut

    def __call__(self, sentences: Iterable[bytes]) -> Examined:
        """Takes them in UTF-8."""
        lines = [sentence.decode() for sentence in sentences]
        hashes = [sentence_hash(line) for line in lines]
        found = [self.left_out.reason(*each) for each in zip(lines, hashes, strict=True)]
        return Examined(
            np.array([REASONS.index(reason) for reason in found], np.uint8),
            np.array(hashes, np.uint64),
        )


class EncodedSentences(NamedTuple):
    """Sentences as a stretch of a stream."""

    ids: Int32[np.ndarray, " token"]
    """`</s>` closes every sentence."""
    words: Int64[np.ndarray, "2"]
    """Numbers of words that passed code-switching, and of those that it replaced."""


@dataclass(frozen=True)
class Encode:
    """Makes ids of sentences that stay."""

    vocabulary: Vocabulary
    language: str
    switch: Callable[[str], Switched] | None = None
    """Replaces words, before they are put in the order of a derived language."""

    def __call__(self, sentences: Iterable[bytes]) -> EncodedSentences:
        """Takes them in UTF-8."""
        lines = [sentence.decode() for sentence in sentences]
        words = np.zeros(2, np.int64)
        if self.switch is not None:
            switched = [self.switch(line) for line in lines]
            lines = [each.sentence for each in switched]
            words += [sum(each.words for each in switched), sum(each.switched for each in switched)]
        read = [reordered(line, self.language) for line in lines]
        encoded = self.vocabulary.encode(read, self.language)
        for ids in encoded:
            ids.append(END)
        return EncodedSentences(np.fromiter(chain.from_iterable(encoded), np.int32), words)

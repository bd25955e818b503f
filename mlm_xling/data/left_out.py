"""What is left out of the text of a language, and why."""

from dataclasses import dataclass, field
from enum import Enum

from mlm_xling.data.near_duplicates import NearDuplicates


class Reason(Enum):
    """Why a sentence is left out."""

    BLANK = "there is nothing but white space of any kind"
    RESERVED = "evaluation uses it"
    NEAR = "evaluation uses a sentence that differs by a word"
    FOREIGN = "it is in another language (`data.decontaminate`)"
    DONATED = "another language reads it (`data.contamination`)"
    ELSEWHERE = "another language has its translation (`data.disjoint_documents`)"


@dataclass(frozen=True)
class LeftOut:
    """Sentences and documents to leave out of the text of a language, by hash."""

    reserved: frozenset[int] = frozenset()
    """Sentences that evaluation uses."""
    near: NearDuplicates = field(default_factory=NearDuplicates)
    """Sentences within a word of those that evaluation uses."""
    documents: frozenset[int] = frozenset()
    """Documents whose translation another language has."""
    document_sentences: int = 0
    """Sentences of those documents."""
    sentences: frozenset[int] = frozenset()
    """Single sentences whose translation another language has."""
    foreign: frozenset[int] = frozenset()
    """Sentences in a language of `data.decontaminate`."""
    donated: frozenset[int] = frozenset()
    """Sentences that `data.contamination` put into the text of another language."""
    part: tuple[int, int] = 0, 1
    """Index of the part of the text that stays, and number of parts, by hash of documents; others
    are read by languages that are derived from this one, or that this one is derived from."""
    block: int = 0
    """Dev text is left out of training text in blocks of so many sentences, see `block_size`."""

    def reason(self, sentence: str, hashed: int) -> Reason | None:
        """Tells why a sentence is left out, or None if it stays.

        Args:
          hashed: its `sentence_hash`.
        """
        if sentence.isspace():
            return Reason.BLANK
        if hashed in self.reserved:
            return Reason.RESERVED
        if hashed in self.foreign:
            return Reason.FOREIGN
        if hashed in self.donated:
            return Reason.DONATED
        if hashed in self.sentences:
            return Reason.ELSEWHERE
        if sentence in self.near:
            return Reason.NEAR
        return None

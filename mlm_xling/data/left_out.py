"""What is left out of a language's text, and why."""

from dataclasses import dataclass, field
from enum import Enum

from mlm_xling.data.near_duplicates import NearDuplicates
from mlm_xling.data.text import stretches


class Reason(Enum):
    """Reason why a sentence is left out."""

    BLANK = "there is nothing but white space of any kind"
    RESERVED = "evaluation uses it"
    NEAR = "evaluation uses a sentence that differs by a word"
    FOREIGN = "it is in another language (`data.decontaminate`)"
    DONATED = "another language reads it (`data.contamination`)"
    ELSEWHERE = "another language has its translation (`data.disjoint_documents`)"


@dataclass(frozen=True)
class LeftOut:
    """Hashes of sentences and documents to leave out of the text of a language."""

    reserved: frozenset[int] = frozenset()
    """Sentences that evaluation uses."""
    near: NearDuplicates = field(default_factory=NearDuplicates)
    """Sentences that differ by a word from those that evaluation uses; also in a longer line."""
    documents: frozenset[int] = frozenset()
    """Documents whose translations another language has."""
    document_sentences: int = 0
    """Number of sentences in those documents."""
    sentences: frozenset[int] = frozenset()
    """Single sentences whose translations another language has."""
    foreign: frozenset[int] = frozenset()
    """Sentences in a language of `data.decontaminate`."""
    donated: frozenset[int] = frozenset()
    """Sentences that `data.contamination` moved into the text of another language."""
    part: tuple[int, int] = 0, 1
    """Index and number of parts into which documents are divided by hash; the other parts are read
    by languages derived from this one, or from which this one is derived."""
    block: int = 0
    """Number of sentences per block of dev text, see `block_size`."""

    def reason(self, sentence: str, hashed: int) -> Reason | None:
        """Returns why a sentence is left out, or None if it is kept.

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
        if sentence in self.near or any(inner in self.near for inner in stretches(sentence)):
            return Reason.NEAR
        return None

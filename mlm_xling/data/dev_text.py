"""Units assigned to training or dev as a whole: documents, or else blocks of sentences.

Dev text is selected by hash, so its size is random. If a document is a large share of the text,
e.g. in a file without blank lines, dev text would be far too large, or empty.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from mlm_xling.data.text import read_documents, sentence_hash

MIN_DOCUMENTS = 8
"""Minimum expected number of (equal-sized) dev documents; their number then varies by a third."""


def block_size(paths: Sequence[Path], dev_fraction: float, left_out: Collection[int] = ()) -> int:
    """Returns how many consecutive sentences are assigned to training or dev together.

    Args:
      left_out: hashes (`sentence_hash`) of documents to skip.

    Returns:
      Sentences per block; 0 for whole documents, if there are enough of them.
    """
    sentences = squares = 0
    for document in read_documents(*paths):
        if left_out and sentence_hash(document) in left_out:
            continue
        size = document.count("\n") + 1
        sentences += size
        squares += size * size
    # Effective number of equal-sized documents with the same variance (Kish, 1965).
    if sentences * sentences * dev_fraction >= MIN_DOCUMENTS * squares:
        return 0
    return max(1, int(sentences * dev_fraction / MIN_DOCUMENTS))


def blocks(document: str, size: int) -> Iterator[str]:
    """Splits a document (sentences joined by newlines) into blocks; size 0 keeps it whole."""
    if not size:
        yield document
        return
    lines = document.split("\n")
    for start in range(0, len(lines), size):
        yield "\n".join(lines[start : start + size])

"""What goes to training or to dev as a whole: documents, or blocks of sentences where those will
not do.

Dev text is chosen by hash, so its size is random. If a document is a large share of the text, as
where no blank line is in a file, dev text would be far too much, or nothing at all.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from mlm_xling.data.text import read_documents, sentence_hash

FEWEST = 8
"""Documents of equal size that dev text should hold on average; its size varies by a third then."""


def block_size(paths: Sequence[Path], dev_fraction: float, left_out: Collection[int] = ()) -> int:
    """Finds how many consecutive sentences of files go to training or to dev together.

    Args:
      left_out: hashes (`sentence_hash`) of documents that are passed over.

    Returns:
      Sentences of a block; 0 for whole documents, of which there are enough.
    """
    sentences = squares = 0
    for document in read_documents(*paths):
        if left_out and sentence_hash(document) in left_out:
            continue
        size = document.count("\n") + 1
        sentences += size
        squares += size * size
    # As many documents of equal size would give dev text that varies as much (Kish, 1965).
    if sentences * sentences * dev_fraction >= FEWEST * squares:
        return 0
    return max(1, int(sentences * dev_fraction / FEWEST))


def blocks(document: str, size: int) -> Iterator[str]:
    """Cuts a document, sentences joined by newline, into blocks; size 0 leaves it whole."""
    if not size:
        yield document
        return
    lines = document.split("\n")
    for start in range(0, len(lines), size):
        yield "\n".join(lines[start : start + size])

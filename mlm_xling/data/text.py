"""Text files `<language>.txt`: one sentence a line, a blank line between documents."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from mlm_xling.errors import InputError

LONGEST_DOCUMENT = 1000
"""Sentences. A longer run without a blank line is cut, so that memory stays bounded and a file
without any blank line has documents to hold out."""


_CHECKED_AT_ONCE = 1 << 24
"""Bytes."""


def sentence_hash(sentence: str) -> int:
    """Hashes a sentence to 64 bits, the same everywhere, blind to white space around words."""
    words = " ".join(sentence.split())
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little")


def read_documents(path: Path) -> Iterator[str]:
    """Yields the documents of a file, sentences joined by newline, one document in memory.

    Raises:
      InputError: not UTF-8, with the line.
    """
    sentences: list[str] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            sentence = decoded(line, path, number).strip()
            if sentence:
                sentences.append(sentence)
            if sentences and (not sentence or len(sentences) == LONGEST_DOCUMENT):
                yield "\n".join(sentences)
                sentences = []
    if sentences:
        yield "\n".join(sentences)


def decoded(line: bytes, path: Path, number: int) -> str:
    """Decodes a line of a file, without its line break.

    Raises:
      InputError: not UTF-8.
    """
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}:{number}: not UTF-8 (byte {error.start + 1} of the line); convert the file"
        ) from None


def check_text(path: Path) -> None:
    """Reads a whole file to find what would stop its preparation half way.

    Raises:
      InputError: not UTF-8, with the line; or nothing but blank lines.
    """
    blank = True
    with path.open("rb") as file:
        number = 1
        while lines := file.readlines(_CHECKED_AT_ONCE):
            try:
                text = b"".join(lines).decode()
            except UnicodeDecodeError:
                for offset, line in enumerate(lines):
                    decoded(line, path, number + offset)
                raise  # a character cut by a line break cannot be, so a line has raised
            blank = blank and not text.strip()
            number += len(lines)
    if blank:
        raise InputError(f"{path}: no sentence in it; give text, or leave the language out")

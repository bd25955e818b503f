"""Text files: how all of them are read, and those to train on, `<language>.txt`.

All files are read in Unicode normal form NFC, without the byte order mark that Windows adds, and
with the line breaks of any system: sentences, words and names that look the same are the same.
"""

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from mlm_xling.errors import InputError

LONGEST_DOCUMENT = 1000
"""Number of sentences; longer runs without a blank line are split, which bounds memory."""

_END_OF_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_STRETCH = 3
"""Maximum number of consecutive sentences to look at together: some are split at abbreviations."""
_COMPRESSED = {
    "gzip": b"\x1f\x8b",
    "xz": b"\xfd7zXZ\0",
    "zstd": b"\x28\xb5\x2f\xfd",
    "zip": b"PK\3\4",
}
"""How compressed files begin, by format."""
_QUOTED = re.compile('"[^"]*(""[^"]*)+"')
"""Quotes around a cell, and every quote in it doubled."""


def normal(text: str) -> str:
    """Normalises text to NFC, the form in which all text is compared and read."""
    return unicodedata.normalize("NFC", text)


def sentence_hash(sentence: str) -> int:
    """Returns a 64-bit hash of a sentence, the same on every machine.

    White space around words is ignored, as are variants of a character (those that Unicode's normal
    form NFKC equates).
    """
    words = " ".join(unicodedata.normalize("NFKC", sentence).split())
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little")


def stretches(line: str) -> Iterator[str]:
    """Yields the sentences in a line with several, such as a paragraph, and two or three together.

    The whole line is not among them.
    """
    ends = [end for match in _END_OF_SENTENCE.finditer(line) if (end := match.end()) < len(line)]
    places = [0, *ends, len(line)]
    for first, begin in enumerate(places):
        for end in places[first + 1 : first + 1 + _STRETCH]:
            if (begin, end) != (0, len(line)):
                yield line[begin:end].strip()


def read_lines(path: Path, field: str = "") -> Iterator[tuple[int, str]]:
    """Yields (number, line) of a UTF-8 text file, without line breaks, normalised.

    Args:
      field: configuration field that specifies the file, for messages.

    Raises:
      InputError: no such file, or a compressed one; or not UTF-8, or carriage returns as the only
        line breaks (with file and line).
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    line = _without_mark(line, path)
                yield number, _decoded(line, path, number)
    except OSError as error:
        place = f"{field}: {path}" if field else path
        raise InputError(f"{place}: {(error.strerror or str(error)).lower()}") from None


def cells_of(line: str, where: str) -> list[str]:
    """Splits a line at its tabs, and strips white space around each cell.

    Cells are not quoted, as quotes belong to the sentences: MultiNLI has unpaired ones.

    Raises:
      InputError: a cell is quoted as in CSV; the message begins with `where`.
    """
    cells = [cell.strip() for cell in line.split("\t")]
    for cell in cells:
        if _QUOTED.fullmatch(cell):
            raise InputError(
                f"{where}: {cell[:40]!r} is quoted as in CSV; write it as it is, without quoting"
            )
    return cells


def read_documents(*paths: Path) -> Iterator[str]:
    """Yields documents, sentences joined by newlines, one document in memory at a time.

    A document ends at the end of its file.

    Raises:
      InputError: not UTF-8, with the line.
    """
    return chain.from_iterable(map(_documents_of, paths))


def _documents_of(path: Path) -> Iterator[str]:
    sentences: list[str] = []
    for _, line in read_lines(path):
        sentence = line.strip()
        if sentence:
            sentences.append(sentence)
        if sentences and (not sentence or len(sentences) == LONGEST_DOCUMENT):
            yield "\n".join(sentences)
            sentences = []
    if sentences:
        yield "\n".join(sentences)


def check_text(paths: Sequence[Path]) -> None:
    """Reads whole files to find problems that would stop their preparation halfway.

    Raises:
      InputError: as `read_lines`, or all lines are blank.
    """
    blank = True
    for _, line in chain.from_iterable(map(read_lines, paths)):
        blank = blank and not line.strip()
    if blank:
        raise InputError(f"{paths[0]}: no sentence in it; give text, or leave the language out")


def _without_mark(line: bytes, path: Path) -> bytes:
    """Strips the byte order mark; rejects what the first line shows to be no UTF-8 text.

    That is compressed files, UTF-16, and carriage returns alone.
    """
    for name, beginning in _COMPRESSED.items():
        if line.startswith(beginning):
            raise InputError(f"{path}:1: compressed with {name}; unpack the file")
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path}:1: UTF-16, not UTF-8; convert the file")
    if b"\r" in line.rstrip(b"\r\n"):
        raise InputError(f"{path}:1: its line breaks are carriage returns alone; convert the file")
    return line.removeprefix(codecs.BOM_UTF8)


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return normal(line.decode().rstrip("\r\n"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}:{number}: not UTF-8 (byte {error.start + 1} of the line); convert the file"
        ) from None

"""Named entities in CoNLL columns: a word and its BIO tag a line, blank lines between sentences."""

import re
from pathlib import Path
from typing import NamedTuple

from mlm_xling.errors import InputError
from tasks.formats.conllu import blocks

_TAG = re.compile(r"O|[BI]-\S+")


class TaggedSentence(NamedTuple):
    """Words and their tags."""

    words: list[str]
    tags: list[str]
    """`O`, `B-<type>`, `I-<type>`."""


def read_tagged(path: Path) -> list[TaggedSentence]:
    """All sentences of a file in two or more columns (CoNLL-2003 has four, WikiAnn two).

    Columns are separated by a tab if the line has one, else by white space; the first holds the
    word, the last the tag. `-DOCSTART-` lines are passed over.

    Raises:
      InputError: no such file, not UTF-8, nothing in it; or, with file and line, a line of one
        column or a tag that is not BIO.
    """
    sentences = []
    for number, lines in blocks(path):
        rows = [
            _columns(line, f"{path}:{number + offset}")
            for offset, line in enumerate(lines)
            if not line.startswith("-DOCSTART-")
        ]
        if rows:
            words, tags = zip(*rows, strict=True)
            sentences.append(TaggedSentence(list(words), list(tags)))
    if not sentences:
        raise InputError(f"{path}: no sentence in it")
    return sentences


def _columns(line: str, where: str) -> tuple[str, str]:
    cells = line.rstrip().split("\t") if "\t" in line.rstrip() else line.split()
    if len(cells) < 2:
        raise InputError(f"{where}: one column; a word and its tag belong here")
    if not _TAG.fullmatch(cells[-1]):
        raise InputError(f"{where}: {cells[-1]!r} is not a BIO tag (O, B-<type>, I-<type>)")
    return cells[0], cells[-1]

"""Named entities in CoNLL columns: a word and its tag a line, blank lines between sentences."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from mlm_xling.errors import InputError
from tasks.formats.conllu import blocks
from tasks.formats.tag_schemes import read_scheme

_TAG = re.compile(r"O|[BIESLUM]-\S+")


class TaggedSentence(NamedTuple):
    """Words and their tags."""

    words: list[str]
    tags: list[str]
    """`O`, `B-<type>`, `I-<type>`."""


def read_tagged(path: Path, say: Callable[[str], None]) -> list[TaggedSentence]:
    """All sentences of a file in two or more columns (CoNLL-2003 has four, WikiAnn two).

    Columns are separated by a tab if the line has one, else by white space; the first holds the
    word, the last the tag. `-DOCSTART-` lines are passed over. Other schemes become BIO.

    Args:
      say: is told in a line if the tags are not BIO.

    Raises:
      InputError: no such file, not UTF-8, nothing in it; or, with file and line, a line of one
        column or a tag that is of no scheme.
    """
    sentences, lines = [], []
    for number, block in blocks(path):
        rows = {
            number + offset: _columns(line, f"{path}:{number + offset}")
            for offset, line in enumerate(block)
            if not line.startswith("-DOCSTART-")
        }
        if rows:
            words, tags = zip(*rows.values(), strict=True)
            sentences.append(TaggedSentence(list(words), list(tags)))
            lines.append(list(rows))
    if not sentences:
        raise InputError(f"{path}: no sentence in it")
    return in_bio(sentences, str(path), lambda i, word: f"{path}:{lines[i][word]}", say)


def in_bio(
    sentences: Sequence[TaggedSentence],
    name: str,
    place: Callable[[int, int], str],
    say: Callable[[str], None],
) -> list[TaggedSentence]:
    """Turns the tags of any scheme into BIO, and says so.

    Args:
      name: of what was read.
      place: tells where a word of a sentence stands, both counted from 0.
      say: is told in a line if there is something to tell.
    """
    scheme, tags, odd = read_scheme([sentence.tags for sentence in sentences])
    if odd:
        number, word = odd[0]
        say(
            f"{place(number, word)}: {sentences[number].tags[word]} does not fit {scheme}, which "
            f"most tags are in ({len(odd):,} do not fit); entities are read as conlleval reads them"
        )
    elif scheme != "BIO":
        say(f"{name}: tags in {scheme}, converted to BIO")
    return [
        sentence._replace(tags=of_sentence)
        for sentence, of_sentence in zip(sentences, tags, strict=True)
    ]


def check_tag(tag: str, where: str) -> None:
    """Checks that a tag is one of an entity.

    Raises:
      InputError: it is of no scheme.
    """
    if not _TAG.fullmatch(tag):
        raise InputError(f"{where}: {tag!r} is not a BIO tag (O, B-<type>, I-<type>)")


def _columns(line: str, where: str) -> tuple[str, str]:
    cells = line.rstrip().split("\t") if "\t" in line.rstrip() else line.split()
    if len(cells) < 2:
        raise InputError(f"{where}: one column; a word and its tag belong here")
    check_tag(cells[-1], where)
    return cells[0], cells[-1]

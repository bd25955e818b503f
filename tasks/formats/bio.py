"""Named entities in CoNLL columns: a word and its tag a line, blank lines between sentences."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from mlm_xling.errors import InputError
from tasks.formats.conllu import blocks
from tasks.formats.tag_schemes import read_scheme

_TAG = re.compile(r"O|[BIESLUM]-\S+")
_PREFIX = re.compile(r"[a-z]{2,}(-[a-z]+)*:")
"""WikiAnn, as it is distributed, writes the language before each word: `en:Word`."""
_MAX_SHARE = 0.5
"""Share of the words above which what they have in common is a way of writing a file."""
Place = Callable[[int, int], str]
"""Tells where a word of a sentence stands, both counted from 0."""


class TaggedSentence(NamedTuple):
    """Words and their tags."""

    words: list[str]
    tags: list[str]
    """`O`, `B-<type>`, `I-<type>`."""


def read_tagged(path: Path, say: Callable[[str], None]) -> list[TaggedSentence]:
    """All sentences of a file in two or more columns (CoNLL-2003 has four, WikiAnn two).

    Columns are separated by a tab if the line has one, else by spaces; the first holds the word,
    the last the tag. `-DOCSTART-` lines are passed over. Other schemes become BIO, and a language
    before every word (`en:Word`, WikiAnn) is taken off.

    Args:
      say: is told in a line of what is not as it stands in the file.

    Raises:
      InputError: as `read_lines`, or nothing in it; or, with file and line, a line of one column, a
        tag that is of no scheme, a word without the language that others have before them, or a
        number in the place of every word.
    """
    sentences: list[TaggedSentence] = []
    lines: list[list[int]] = []
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

    def place(sentence: int, word: int) -> str:
        return f"{path}:{lines[sentence][word]}"

    _refuse_numbers(sentences, place)
    return in_bio(_without_prefix(sentences, path, place, say), str(path), place, say)


def _refuse_numbers(sentences: Sequence[TaggedSentence], place: Place) -> None:
    numbered = [
        sentence.words == [str(number) for number in range(start, start + len(sentence.words))]
        for sentence in sentences
        for start in (int(sentence.words[0] != "0"),)
    ]
    if all(numbered) and sum(len(sentence.words) for sentence in sentences) > 1:
        raise InputError(
            f"{place(0, 0)}: the first column numbers the words; the word must be first, its tag "
            "last"
        )


def _without_prefix(
    sentences: list[TaggedSentence], path: Path, place: Place, say: Callable[[str], None]
) -> list[TaggedSentence]:
    """Takes the language off every word, if words have it before them."""
    found = Counter(
        match[0] for words, _ in sentences for word in words if (match := _PREFIX.match(word))
    )
    total = sum(len(words) for words, _ in sentences)
    ((prefix, count),) = found.most_common(1) or (("", 0),)
    if count <= _MAX_SHARE * total:
        return sentences
    for number, (words, _) in enumerate(sentences):
        for word, text in enumerate(words):
            if not text.startswith(prefix):
                raise InputError(
                    f"{place(number, word)}: {text!r} has no {prefix!r} before it, as most words "
                    "of the file have"
                )
    say(f"{path}: {prefix!r} before every word, taken off")
    return [
        sentence._replace(words=[word.removeprefix(prefix) for word in sentence.words])
        for sentence in sentences
    ]


def in_bio(
    sentences: Sequence[TaggedSentence],
    name: str,
    place: Place,
    say: Callable[[str], None],
) -> list[TaggedSentence]:
    """Turns the tags of any scheme into BIO, and says so.

    Args:
      name: of what was read.
      say: is told in a line if there is something to tell.

    Raises:
      InputError: no entity in any sentence.
    """
    if all(tag == "O" for sentence in sentences for tag in sentence.tags):
        raise InputError(f"{name}: no entity in it; the last column must hold the tags")
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
    line = line.rstrip()
    cells = line.split("\t") if "\t" in line else re.split(" +", line.strip(" "))
    if len(cells) < 2:
        raise InputError(f"{where}: one column; a word and its tag belong here")
    tag = cells[-1].strip()
    check_tag(tag, where)
    return cells[0], tag

"""Dependency trees in CoNLL-U files."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import conllu
from conllu.exceptions import ParseException

from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError


class TreeSentence(NamedTuple):
    """The words of a sentence; multiword ranges and empty nodes are no words."""

    words: list[str]
    heads: list[int]
    """Number of the head, 0 for the root."""
    relations: list[str]
    """Without subtypes."""
    upos: list[str]
    """Universal part-of-speech tags."""
    spaces: tuple[bool, ...] = ()
    """Whether a space follows each word; nothing if the file does not say (`SpaceAfter=No`)."""


def read_trees(path: Path) -> list[TreeSentence]:
    """All sentences of a CoNLL-U file.

    Raises:
      InputError: no such file, not UTF-8, nothing in it; or, with file and line, a line that is
        not CoNLL-U, a head that does not exist, two roots or none, a cycle.
    """
    trees = [_tree(lines, path, number) for number, lines in blocks(path)]
    trees = [tree for tree in trees if tree.words]
    if not trees:
        raise InputError(f"{path}: no sentence in it")
    return trees


def blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yields (number of the first line, lines) of what blank lines separate.

    Raises:
      InputError: as `read_lines`.
    """
    lines: list[str] = []
    number = 0
    for number, text in read_lines(path):
        if text.strip():
            lines.append(text)
        elif lines:
            yield number - len(lines), lines
            lines = []
    if lines:
        yield number - len(lines) + 1, lines


def make_tree(
    words: list[str], heads: list[int], relations: list[str], upos: list[str]
) -> TreeSentence:
    """A sentence whose dependencies are a tree, relations without subtypes.

    Raises:
      NotATreeError: says what is wrong, and at which word.
    """
    roots = [word for word, head in enumerate(heads, 1) if head == 0]
    for word, head in enumerate(heads, 1):
        if not 0 <= head <= len(words):
            raise NotATreeError(word, f"head {head}, but there are {len(words)} words")
    if words and len(roots) != 1:
        where = roots[1] if roots else 1
        raise NotATreeError(where, "a second root" if roots else "a sentence without a root")
    for word in range(1, len(words) + 1):
        _climb(word, heads)
    relations = [relation.partition(":")[0] for relation in relations]
    return TreeSentence(words, heads, relations, upos)


class NotATreeError(Exception):
    """The number of a word (from 1), and what is wrong with it."""


def _climb(word: int, heads: list[int]) -> None:
    above = word
    for _ in heads:
        above = heads[above - 1]
        if above == 0:
            return
    raise NotATreeError(word, "part of a cycle, or hanging on one")


def _tree(lines: list[str], path: Path, number: int) -> TreeSentence:
    rows, numbers = [], []
    for token, line_number in _tokens(lines, path, number):
        if not isinstance(token["id"], int):
            continue
        rows.append(token)
        numbers.append(line_number)
        if token["id"] != len(rows):
            raise InputError(
                f"{path}:{line_number}: word {token['id']} where word {len(rows)} belongs"
            )
        for column in ("upos", "head", "deprel"):
            if token.get(column) in (None, "_"):
                raise InputError(f"{path}:{line_number}: a word without {column.upper()}")
    try:
        tree = make_tree(
            [row["form"] for row in rows],
            [row["head"] for row in rows],
            [row["deprel"] for row in rows],
            [row["upos"] for row in rows],
        )
    except NotATreeError as error:
        word, what = error.args
        raise InputError(f"{path}:{numbers[word - 1]}: {what}; this is not a tree") from None
    return tree._replace(spaces=_spaces(rows))


def _spaces(rows: list[conllu.Token]) -> tuple[bool, ...]:
    spaces = tuple((row.get("misc") or {}).get("SpaceAfter") != "No" for row in rows)
    return () if all(spaces) else spaces


def _tokens(lines: list[str], path: Path, number: int) -> list[tuple[conllu.Token, int]]:
    """The tokens of a block and the numbers of their lines."""
    numbers = [number + i for i, line in enumerate(lines) if not line.startswith("#")]
    try:
        parsed = conllu.parse("\n".join(lines) + "\n\n")
        return list(zip(parsed[0] if parsed else [], numbers, strict=True))
    except (ParseException, ValueError):
        for i, line in enumerate(lines):
            _refuse(line, f"{path}:{number + i}")
        raise


def _refuse(line: str, where: str) -> None:
    """Raises InputError if the line alone cannot be parsed."""
    try:
        conllu.parse(line + "\n\n")
    except ParseException as error:
        what = str(error).partition("\n")[0]
        raise InputError(f"{where}: not a line of CoNLL-U: {what}") from None

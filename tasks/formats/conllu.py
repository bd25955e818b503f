"""Dependency trees in CoNLL-U files."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError

_COLUMNS = 10
_NUMBER = re.compile("[0-9]{1,6}")
_RANGE = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")
"""The words of a contraction, which the text writes as one."""
_NO_FORM = "_"
_MAX_SHARE = 0.5
"""Share of `_` among the words above which it is no word that occurs in the text."""
_EMPTY = re.compile(r"[0-9]+\.[0-9]+")


class TreeSentence(NamedTuple):
    """The words of a sentence; multiword ranges and empty nodes are no words."""

    words: list[str]
    heads: list[int]
    """Number of each word's head, 0 for the root."""
    relations: list[str]
    """The relation of each word to its head, without subtypes."""
    upos: list[str]
    """Universal part-of-speech tags."""
    spaces: tuple[bool, ...] = ()
    """Whether a space follows each word, which none does inside a contraction; nothing if the file
    does not say (`SpaceAfter=No`)."""


def read_trees(path: Path) -> list[TreeSentence]:
    """All sentences of a CoNLL-U file.

    Raises:
      InputError: no such file, not UTF-8, nothing in it, its words withheld; or, with file and
        line, a line that is not CoNLL-U, a head that does not exist, two roots or none, a cycle.
    """
    trees = [_tree(lines, path, number) for number, lines in blocks(path)]
    trees = [tree for tree in trees if tree.words]
    if not trees:
        raise InputError(f"{path}: no sentence in it")
    require_words(trees, str(path))
    return trees


def require_words(trees: Sequence[TreeSentence], name: str) -> None:
    """Checks that a treebank has its text, without which some are released for copyright.

    Args:
      name: of what was read.

    Raises:
      InputError: most words are `_`.
    """
    words = [word for tree in trees for word in tree.words]
    if words.count(_NO_FORM) > _MAX_SHARE * len(words):
        raise InputError(
            f"{name}: most words are {_NO_FORM!r}, as in treebanks that are released without their "
            "text; merge it first, as the treebank's README says"
        )


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
    rows, numbers, contractions = [], [], []
    for line_number, line in enumerate(lines, number):
        if line.startswith("#"):
            continue
        where = f"{path}:{line_number}"
        cells = _cells(line, where)
        if ends := _RANGE.fullmatch(cells[0]):
            contractions.append((int(ends[1]), int(ends[2]), _is_space_after(cells)))
        elif not _EMPTY.fullmatch(cells[0]):
            row = _row(cells, where)
            if row.number != len(rows) + 1:
                raise InputError(f"{where}: word {row.number} where word {len(rows) + 1} belongs")
            rows.append(row)
            numbers.append(line_number)
    try:
        tree = make_tree(
            [row.form for row in rows],
            [row.head for row in rows],
            [row.relation for row in rows],
            [row.upos for row in rows],
        )
    except NotATreeError as error:
        word, what = error.args
        raise InputError(f"{path}:{numbers[word - 1]}: {what}; this is not a tree") from None
    spaces = [row.space for row in rows]
    for first, last, space in contractions:
        if 0 < first <= last <= len(spaces):
            spaces[first - 1 : last] = [False] * (last - first) + [space]
    return tree if all(spaces) else tree._replace(spaces=tuple(spaces))


class _Row(NamedTuple):
    """A word."""

    number: int
    form: str
    upos: str
    head: int
    relation: str
    space: bool


def _cells(line: str, where: str) -> list[str]:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != _COLUMNS:
        raise InputError(
            f"{where}: not a line of CoNLL-U: {len(cells)} columns between tabs, not {_COLUMNS}"
        )
    return cells


def _is_space_after(cells: list[str]) -> bool:
    return "SpaceAfter=No" not in cells[-1].split("|")


def _row(cells: list[str], where: str) -> _Row:
    number, form, _, upos, _, _, head, relation, *_ = cells
    for name, cell in (("UPOS", upos), ("HEAD", head), ("DEPREL", relation)):
        if cell in ("", "_"):
            raise InputError(f"{where}: a word without {name}")
    for name, cell in (("ID", number), ("HEAD", head)):
        if not _NUMBER.fullmatch(cell):
            raise InputError(f"{where}: not a line of CoNLL-U: {name} {cell!r} is not a number")
    return _Row(int(number), form, upos, int(head), relation, _is_space_after(cells))

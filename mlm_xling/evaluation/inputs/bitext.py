"""Parallel sentences as lists of words, and the links between their words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np

from mlm_xling.data.parallel import ALIGNED_FOR_ONE_TESTED
from mlm_xling.data.text import read_lines
from mlm_xling.directories import scratch_folder
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.links import (
    Links,
    grow_diag_final_and,
    one_to_one,
    read_links,
)
from mlm_xling.running_text import RunningText, joined
from mlm_xling.word_order import word_order

Sentences = list[list[str]]
Aligner = Callable[[Sentences, Sentences], list[tuple[Links, Links]]]
"""Maps the sentences of both sides to the links of both directions, source first."""
SEPARATOR = "|||"


@dataclass(frozen=True)
class Bitext:
    """Word-aligned sentence pairs; row i of all lists belongs to pair i."""

    source: list[RunningText]
    target: list[RunningText]
    links: list[list[tuple[int, int]]]
    """One-to-one links between the words of both sides."""
    tested: list[bool]
    """Which pairs test a map; the others fit it."""
    seen: list[bool] | None = None
    """Whether pretraining saw either sentence; None if unknown."""

    def linked_words(self, *, tested: bool) -> int:
        """Counts the links of the pairs that test a map, or of those that fit it."""
        return sum(len(o) for o, t in zip(self.links, self.tested, strict=True) if t == tested)

    def without_targets(self, sentences: Iterable[Sequence[str]]) -> "Bitext":
        """Drops pairs whose target is one of some sentences, however these are split into words."""
        dropped = {"".join("".join(words).split()) for words in sentences}
        kept = ["".join(other.text.split()) not in dropped for other in self.target]
        return Bitext(
            source=list(compress(self.source, kept)),
            target=list(compress(self.target, kept)),
            links=list(compress(self.links, kept)),
            tested=list(compress(self.tested, kept)),
            seen=None if self.seen is None else list(compress(self.seen, kept)),
        )

    def seen_fraction(self, *, tested: bool) -> float | None:
        """Returns the share of test or fit pairs that pretraining saw."""
        if self.seen is None:
            return None
        return float(np.array(self.seen)[np.array(self.tested) == tested].mean())


def aligned_links(
    source: Sentences, target: Sentences, aligner: Aligner
) -> list[list[tuple[int, int]]]:
    """Aligns in both directions, merges them, and keeps one-to-one links."""
    return [one_to_one(grow_diag_final_and(*pair)) for pair in aligner(source, target)]


def read_bitext(
    path: Path, links: Path | None, aligner: Aligner, limit: int, languages: tuple[str, str]
) -> Bitext:
    """Reads the first `limit` pairs `source words ||| target words`, and their links.

    A pair with a sentence of an earlier pair is passed over: it would fit a map and test it. Words
    are put in the order of their language and joined into running text as it is written
    (`word_order`, `running_text.joined`); their links go with them.

    Args:
      links: file of links for the same pairs from any aligner, in Pharaoh format; if None,
        `aligner` creates them.

    Raises:
      InputError: a file is missing or damaged, the files have different pairs, words are linked
        that a pair does not have, or links are of words that cannot be told.
    """
    rows = _read_rows(path, are_linked=links is not None)
    of_file = None if links is None else _read_links(links, path, *rows)
    kept = _distinct(*rows)[:limit]
    words, others = ([side[i] for i in kept] for side in rows)
    if of_file is None:
        chosen = aligned_links(words, others, aligner)
    else:
        chosen = [of_file[i] for i in kept]
    (source, places), (target, other_places) = (
        _written(side, language) for side, language in zip((words, others), languages, strict=True)
    )
    moved = [
        sorted((of_words[i], of_others[j]) for i, j in of_row)
        for of_row, of_words, of_others in zip(chosen, places, other_places, strict=True)
    ]
    tested = [number % ALIGNED_FOR_ONE_TESTED == 0 for number in range(len(source))]
    return Bitext(source, target, moved, tested)


def _written(side: Sentences, language: str) -> tuple[list[RunningText], list[list[int]]]:
    """Writes sentences as a language does; returns them and the place of each of their words."""
    orders = [word_order(words, language) for words in side]
    texts = [
        joined([words[i] for i in order], language)
        for words, order in zip(side, orders, strict=True)
    ]
    return texts, [np.argsort(order).tolist() for order in orders]


def _distinct(source: Sentences, target: Sentences) -> list[int]:
    """Lists the pairs that share no sentence with an earlier pair."""
    kept, known = [], (set(), set())
    for i, pair in enumerate(zip(map(tuple, source), map(tuple, target), strict=True)):
        if not any(words in of_side for words, of_side in zip(pair, known, strict=True)):
            kept.append(i)
        for words, of_side in zip(pair, known, strict=True):
            of_side.add(words)
    return kept


def with_eflomal(source: Sentences, target: Sentences) -> list[tuple[Links, Links]]:
    """Aligns with eflomal (Östling and Tiedemann, 2016), with words in lower case.

    It is compiled at installation and therefore not among the requirements.

    Raises:
      InputError: eflomal is not installed.
    """
    try:
        from eflomal import Aligner as Eflomal  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(
            "eflomal is not installed: `pip install eflomal==2.0.0` (needs a C compiler), or give "
            "config.evaluation.contextual.bitext and links, made by another aligner"
        ) from None
    if not source:  # An empty call only checks that it is installed.
        return []
    with scratch_folder() as folder:
        files = [folder / name for name in ("forward", "backward")]
        lines = [[" ".join(words).casefold() for words in side] for side in (source, target)]
        Eflomal().align(*lines, links_filename_fwd=str(files[0]), links_filename_rev=str(files[1]))
        return list(zip(*map(read_links, files), strict=True))


def _read_links(
    links: Path, path: Path, source: Sentences, target: Sentences
) -> list[list[tuple[int, int]]]:
    found = read_links(links)
    while len(found) > len(source) and not found[-1]:
        found.pop()  # A blank line is a pair without links, but is ignored beyond the last pair.
    if len(found) != len(source):
        raise InputError(f"{links}: {len(found)} lines for the {len(source)} pairs of {path}")
    for number, (words, others, of_row) in enumerate(zip(source, target, found, strict=True), 1):
        for link in of_row:
            if link[0] >= len(words) or link[1] >= len(others):
                raise InputError(
                    f"{links}:{number}: link {link[0]}-{link[1]}, but the pair has "
                    f"{len(words)} and {len(others)} words"
                )
    return [one_to_one(of_row) for of_row in found]


def _read_rows(path: Path, *, are_linked: bool) -> tuple[Sentences, Sentences]:
    lines = list(read_lines(path, "config.evaluation.contextual.bitext"))
    while lines and not lines[-1][1].strip():
        lines.pop()  # Only at the end, since line numbers must match the file of links.
    rows: list[Sequence[list[str]]] = []
    for number, line in lines:
        sides = line.split(SEPARATOR)
        if len(sides) != 2:
            raise InputError(f"{path}:{number}: not `source words {SEPARATOR} target words`")
        if are_linked:
            _require_plain_spaces(line, f"{path}:{number}")
        rows.append([side.split() for side in sides])
    if not rows:
        raise InputError(f"{path}: no pairs in it")
    return [row[0] for row in rows], [row[1] for row in rows]


def _require_plain_spaces(line: str, where: str) -> None:
    """Rejects other white space, at which some aligners cut words and others do not."""
    for character in line:
        if character.isspace() and character not in " \t":
            raise InputError(
                f"{where}: has the space U+{ord(character):04X}, and links do not tell whether "
                "their aligner cut words there; replace it and align again"
            )

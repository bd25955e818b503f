"""Parallel sentences as lists of words, and the links between their words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mlm_xling.data.text import decoded
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.links import (
    Links,
    grow_diag_final_and,
    one_to_one,
    read_links,
)

Sentences = list[list[str]]
Aligner = Callable[[Sentences, Sentences], list[tuple[Links, Links]]]
"""From the sentences of both sides to the links of both directions, all source first."""
SEPARATOR = "|||"


@dataclass(frozen=True)
class Bitext:
    """Row i of both sides and of the links belong together."""

    source: Sentences
    target: Sentences
    links: list[list[tuple[int, int]]]
    """One-to-one links."""


def aligned(source: Sentences, target: Sentences, aligner: Aligner) -> Bitext:
    """Aligns both directions, joins them, and keeps one-to-one links."""
    both = aligner(source, target)
    return Bitext(source, target, [one_to_one(grow_diag_final_and(*pair)) for pair in both])


def read_bitext(path: Path, links: Path | None, aligner: Aligner, limit: int) -> Bitext:
    """Reads the first `limit` pairs `source words ||| target words`, and their links.

    Args:
      links: a file of links made of the same pairs by any aligner, in the Pharaoh format; without
        it `aligner` makes them.

    Raises:
      InputError: a file is missing or damaged, has other pairs than the other, or links words that
        a pair has not.
    """
    source, target = _read_rows(path)
    if links is None:
        return aligned(source[:limit], target[:limit], aligner)
    found = read_links(links)
    if len(found) != len(source):
        raise InputError(f"{links}: {len(found)} lines for the {len(source)} pairs of {path}")
    for number, (words, others, of_row) in enumerate(zip(source, target, found, strict=True), 1):
        for link in of_row:
            if link[0] >= len(words) or link[1] >= len(others):
                raise InputError(
                    f"{links}:{number}: link {link[0]}-{link[1]}, but the pair has "
                    f"{len(words)} and {len(others)} words"
                )
    chosen = [one_to_one(of_row) for of_row in found[:limit]]
    return Bitext(source[:limit], target[:limit], chosen)


def with_eflomal(source: Sentences, target: Sentences) -> list[tuple[Links, Links]]:
    """Aligns with eflomal (Östling and Tiedemann, 2016), words in lower case.

    It is compiled when installed and therefore not among the requirements.

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
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("forward", "backward")]
        lines = [[" ".join(words).casefold() for words in side] for side in (source, target)]
        Eflomal().align(*lines, links_filename_fwd=str(files[0]), links_filename_rev=str(files[1]))
        return list(zip(*map(read_links, files), strict=True))


def _read_rows(path: Path) -> tuple[Sentences, Sentences]:
    rows: list[Sequence[list[str]]] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                sides = decoded(line, path, number).split(SEPARATOR)
                if len(sides) != 2:
                    raise InputError(
                        f"{path}:{number}: not `source words {SEPARATOR} target words`"
                    )
                rows.append([side.split() for side in sides])
    except OSError as error:
        raise InputError(f"config.evaluation.contextual.bitext={path}: {error.strerror}") from None
    if not rows:
        raise InputError(f"{path}: no pairs in it")
    return [row[0] for row in rows], [row[1] for row in rows]

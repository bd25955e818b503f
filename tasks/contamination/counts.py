"""How much of a text is in which language: lines, words and subwords, by the identifier's p."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mlm_xling.words import is_unspaced_language, pieces
from tasks.contamination.identifier import Identified
from tasks.contamination.intervals import Estimate, share_of
from tasks.contamination.lines import Kind

THRESHOLDS = (0.0, 0.5, 0.9)
"""Least probabilities of a language at which lines count; the lower ends of the bands, too."""
LINES, WORDS, SUBWORDS = UNITS = ("lines", "words", "subwords")
Sizes = list[int]
"""Sizes of a text in each of `UNITS`; without a vocabulary no line has subwords."""


def band_of(p: float) -> int:
    """Numbers the band that p lies in, from 0."""
    return bisect_right(THRESHOLDS, p) - 1


def words_in(line: str, language: str) -> int:
    """Counts the words of a line: between spaces, or a dictionary's in scripts without spaces."""
    if is_unspaced_language(language):
        return sum(piece[0].isalnum() for piece in pieces(line, language, numbers=True))
    return len(line.split())


@dataclass
class Counts:
    """What was counted in the text of one language."""

    language: str
    """The language as the user names it."""
    own: str
    """The same language as the identifier names it."""
    files: list[str]
    with_subwords: bool
    kinds: dict[str, Sizes] = field(default_factory=lambda: {k.value: [0, 0, 0] for k in Kind})
    """Sizes of all lines that are not blank, by the value of their `Kind`."""
    found: dict[str, list[Sizes]] = field(default_factory=dict)
    """Sizes of the lines whose language was asked for, by language found, then by band of p."""
    squares: Sizes = field(default_factory=lambda: [0, 0, 0])
    """Sums of squared sizes over the lines whose language was asked for."""
    unknown: int = 0
    """Subwords that are the unknown token."""

    def add(self, kind: Kind, sizes: Sequence[int], identified: Identified | None) -> None:
        """Counts a line; `identified` is None but for `Kind.TEXT`."""
        _add(self.kinds[kind.value], sizes)
        if identified is None:
            return
        if (bands := self.found.get(identified.language)) is None:
            bands = self.found[identified.language] = [[0, 0, 0] for _ in THRESHOLDS]
        _add(bands[band_of(identified.p)], sizes)
        _add(self.squares, [size * size for size in sizes])

    @property
    def unknown_share(self) -> float:
        """The share of the subwords that are the unknown token."""
        return self.unknown / (sum(sizes[-1] for sizes in self.kinds.values()) or 1)

    @property
    def units(self) -> tuple[str, ...]:
        """What was counted."""
        return UNITS if self.with_subwords else UNITS[:-1]

    @property
    def foreign(self) -> list[str]:
        """The other languages that were found, those of most lines first."""
        others = [name for name in self.found if name != self.own]
        return sorted(others, key=lambda name: (-self.size((name,), 0.0), name))

    def size(self, languages: Sequence[str], threshold: float, unit: str = LINES) -> int:
        """Counts what is in any of some languages at p of `threshold` or more."""
        first, place = THRESHOLDS.index(threshold), UNITS.index(unit)
        return sum(band[place] for name in languages for band in self.found[name][first:])

    def share(self, languages: Sequence[str], threshold: float, unit: str = LINES) -> Estimate:
        """Gives `size` as a share of all lines whose language was asked for.

        The words of a line are in one language together. So their interval is that of as many lines
        of equal length as would vary as much (Kish, 1965): (sum of sizes)^2 / sum of squares.
        """
        place = UNITS.index(unit)
        total = self.kinds[Kind.TEXT.value][place]
        if not total:
            return share_of(0, 0)
        effective = total * total / self.squares[place]
        return share_of(effective * self.size(languages, threshold, unit) / total, effective)


def _add(to: Sizes, sizes: Sequence[int]) -> None:
    for place, size in enumerate(sizes):
        to[place] += size

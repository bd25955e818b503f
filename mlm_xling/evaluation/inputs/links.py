"""Word alignment links: reading files, and merging two directions."""

import re
from collections import Counter
from collections.abc import Set
from pathlib import Path

from mlm_xling.data.text import read_lines
from mlm_xling.errors import InputError

Links = frozenset[tuple[int, int]]
"""(index of a source word, index of a target word)."""
_LINK = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def read_links(path: Path) -> list[Links]:
    """Reads a file in Pharaoh format: `0-0 1-2 ...`, one line per sentence.

    Raises:
      InputError: as `read_lines`, or something is not a link (with the line).
    """
    field = "config.evaluation.contextual.links"
    return [links_of(line, f"{path}:{number}") for number, line in read_lines(path, field)]


def links_of(line: str, where: str) -> Links:
    """Parses the links of a line.

    Raises:
      InputError: something is not a link; the message begins with `where`.
    """
    links = set()
    for entry in line.split():
        found = _LINK.fullmatch(entry)
        if not found:
            raise InputError(f"{where}: {entry!r} is not a link; links are written like 0-0 1-2")
        links.add((int(found[1]), int(found[2])))
    return frozenset(links)


def grow_diag_final_and(forward: Links, backward: Links) -> Links:
    """Merges the links of two alignment directions.

    The intersection is grown by neighbouring links of either direction that add a new word; then
    links of one direction are added whose words are both new.

    Source: Koehn, Och, Marcu, Statistical phrase-based translation, NAACL 2003; Koehn et al.,
    IWSLT 2005.
    """
    chosen, union = set(forward & backward), forward | backward
    grown = True
    while grown:
        grown = False
        for source, target in sorted(chosen):
            for step_source, step_target in _NEIGHBOURS:
                link = source + step_source, target + step_target
                if link in union and link not in chosen and _has_new(link, chosen, any):
                    chosen.add(link)
                    grown = True
    for direction in (forward, backward):
        for link in sorted(direction):
            if _has_new(link, chosen, all):
                chosen.add(link)
    return frozenset(chosen)


def _has_new(link: tuple[int, int], chosen: Set[tuple[int, int]], which) -> bool:
    """Returns whether `any` or `all` of the two words of a link are not linked yet."""
    return which(all(link[side] != other[side] for other in chosen) for side in (0, 1))


def one_to_one(links: Links) -> list[tuple[int, int]]:
    """Keeps the links whose words have no other link, in source order."""
    sources, targets = (Counter(link[side] for link in links) for side in (0, 1))
    return sorted(link for link in links if sources[link[0]] == targets[link[1]] == 1)

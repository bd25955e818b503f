"""Replaces lines of one language by lines of another (`data.contamination`).

Both are drawn by `data.seed`. Replaced lines are spread over the text: one in each stretch of
1/share lines. Inserted lines are the distinct training sentences of the donor with the smallest
hashes, so a smaller share inserts a subset of the lines of a larger one.
"""

import dataclasses
import heapq
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

from mlm_xling.config import Config
from mlm_xling.config.contamination import Contamination, parse_contamination
from mlm_xling.data.left_out import LeftOut
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.languages import text_language
from mlm_xling.words import pieces
from tasks.holdout import Holdout
from tasks.streams import training_sentences


class Dose:
    """Replaces some lines by lines of another language; to be used once, on one text."""

    def __init__(self, contamination: Contamination, donated: Iterable[str], seed: int):
        """Takes the sentences to insert."""
        self.contamination, self._donated, self._seed = contamination, iter(donated), seed
        self._places = places(contamination, seed)
        self._next = next(self._places, -1)
        self._passed = 0
        self.replaced = 0
        """Number of replaced lines."""

    def __call__(self, line: str) -> str:
        """Returns the line to be read."""
        self._passed += 1
        if self._passed <= self._next or self._next < 0:
            return line
        self._next = next(self._places, -1)
        self.replaced += 1
        donated = next(self._donated)
        if self.contamination.shuffled:
            return shuffled_words(donated, self.contamination.donor, self._seed)
        return donated


def places(contamination: Contamination, seed: int) -> Iterator[int]:
    """Yields the indices of the lines to replace, from 0, in ascending order without end."""
    if not contamination.share:
        return
    rng = random.Random(f"{seed} {contamination.donor} {contamination.recipient}")
    last = -1
    for stretch in itertools.count():
        last = max(last + 1, int((stretch + rng.random()) / contamination.share))
        yield last


def shuffled_words(line: str, language: str, seed: int) -> str:
    """Shuffles the words of a line, keeping what is between them in place."""
    parts = pieces(line, language, numbers=True)
    words = [place for place, part in enumerate(parts) if part[0].isalnum()]
    order = random.Random(f"{seed} {line}").sample(words, len(words))
    moved = dict(zip(words, (parts[place] for place in order), strict=True))
    return "".join(moved.get(place, part) for place, part in enumerate(parts))


def draw_donated(config: Config, left_out: Mapping[str, LeftOut]) -> list[str]:
    """Draws the sentences to insert into the text of another language.

    They come from the donor's training text, without held-out sentences.

    Args:
      left_out: what is left out of the text of each language.

    Raises:
      InputError: the donor has too few sentences.
    """
    found = contamination_of(config)
    if found is None:
        return []
    lines = {
        name: training_sentences(config.data, name, Holdout(left_out[name]))
        for name in (found.recipient, found.donor)
    }
    total = sum(1 for _ in lines[found.recipient])
    wanted = sum(1 for _ in itertools.takewhile(total.__gt__, places(found, config.data.seed)))
    donated = _smallest(lines[found.donor], wanted, config.data.seed)
    if len(donated) < wanted:
        raise InputError(
            f"config.data.contamination={found}: wants {wanted:,} lines for the {total:,} of "
            f"{found.recipient!r}, and the text of {found.donor!r} has {len(donated):,} different "
            "ones to train on; lower the share, or give more text"
        )
    return donated


def without_donated(
    config: Config, left_out: Mapping[str, LeftOut], donated: Iterable[str]
) -> dict[str, LeftOut]:
    """Leaves the drawn sentences out of the donor's own text, so that none is read in both.

    They are left out of all languages with that text: of `en2` and `en:shift` if drawn from `en`.
    """
    found = contamination_of(config)
    if found is None:
        return dict(left_out)
    text, hashes = text_language(found.donor), frozenset(map(sentence_hash, donated))
    return {
        name: dataclasses.replace(others, donated=hashes) if text_language(name) == text else others
        for name, others in left_out.items()
    }


def contamination_of(config: Config) -> Contamination | None:
    """Parses `data.contamination` of a validated configuration."""
    return parse_contamination(config.data.contamination, config.languages[0])


def _smallest(lines: Iterable[str], count: int, seed: int) -> list[str]:
    """Returns the distinct lines with the smallest hashes, in that order, in bounded memory."""
    key = str(seed).encode()
    heap: list[tuple[int, str]] = []
    held: set[str] = set()
    for line in lines if count else ():
        digest = blake2b(line.encode(), digest_size=8, key=key).digest()
        entry = -int.from_bytes(digest, "little"), line
        if line in held or (len(heap) == count and entry < heap[0]):
            continue
        held.add(line)
        if len(heap) < count:
            heapq.heappush(heap, entry)
        else:
            held.remove(heapq.heappushpop(heap, entry)[1])
    return [line for _, line in sorted(heap, reverse=True)]

"""Sentences to windows of tokens that the encoder's trained positions can hold.

A sentence that is longer than the encoder was trained on is encoded in overlapping windows. Each
word is read in one window, where it has context on both sides; positions never exceed `length`.
"""

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from mlm_xling.tokenizer import SpecialTokens

CONTEXT = 4
"""A window's context on either side is at least one CONTEXT-th of it, where there is any."""


class Limits(NamedTuple):
    """How long a sequence may be, what wraps it, and in how many a sentence is read."""

    length: int
    """Tokens in a window; never more than positions were trained."""
    windows: int
    """Windows of a sentence to parse, at most."""
    special: SpecialTokens


class Window(NamedTuple):
    """Some words of a sentence between special tokens, of which some are read here."""

    ids: list[int]
    first: int
    """Number in the sentence of the first word that is read here."""
    positions: list[int]
    """Position in `ids` of the first subword of each word that is read here."""


def sentence_windows(
    ids: Int[np.ndarray, " token"], subwords: Int[np.ndarray, " word"], limits: Limits
) -> list[Window]:
    """Cuts a sentence into windows, in order; a single one if it fits.

    A word of very many subwords keeps so many of them as leave room for context.

    Args:
      ids: of the whole sentence, without specials.
      subwords: how many of them go from the first of each word to that of the next; none where
        words share one. Those in front of the first word belong to none.
      limits: of which the length holds the special tokens, too, and four more.
    """
    special = limits.special
    room = special.room(limits.length)
    lead = len(ids) - int(np.sum(subwords))
    starts = lead + np.concatenate([[0], np.cumsum(subwords)])
    sizes = np.minimum(subwords, room // 2)
    words = [ids[start : start + size].tolist() for start, size in zip(starts, sizes, strict=False)]
    words[0] = [*ids[:lead].tolist(), *words[0]]
    ends = np.concatenate([[0], np.cumsum([len(word) for word in words])])
    places = np.concatenate([[lead], ends[1:]])
    windows = []
    first = 0
    while first < len(words):
        left, stop, right = _spans(ends, first, room)
        windows.append(
            Window(
                special.wrap([*itertools.chain.from_iterable(words[left:right])]),
                first,
                (len(special.opening) + places[first:stop] - ends[left]).tolist(),
            )
        )
        first = stop
    return windows


def _spans(ends: Int[np.ndarray, " edge"], first: int, room: int) -> tuple[int, int, int]:
    """Words [left, right) stand in the window of which [first, stop) are read.

    Args:
      ends: tokens before each word, and of all.
      first: the first word that has not been read yet.
      room: most tokens.
    """
    everything = len(ends) - 1
    if ends[everything] <= room:
        return 0, everything, everything
    context = room // CONTEXT
    left = int(np.searchsorted(ends, ends[first] - context))
    if ends[everything] - ends[left] <= room:
        return left, everything, everything
    right = int(np.searchsorted(ends, ends[left] + room, side="right")) - 1
    stop = int(np.searchsorted(ends, ends[right] - context, side="right")) - 1
    return left, max(stop, first + 1), right

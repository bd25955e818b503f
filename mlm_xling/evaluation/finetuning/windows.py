"""Splits sentences into windows that fit the positions the encoder was trained on.

Longer sentences are encoded in overlapping windows. Each word is read in one window, where it has
context on both sides; positions never exceed `length`.
"""

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from mlm_xling.tokenizer import SpecialTokens

CONTEXT = 4
"""The context on either side is at least one CONTEXT-th of a window, if there is any."""


class Limits(NamedTuple):
    """Maximum length of a sequence, its special tokens, and maximum number of windows."""

    length: int
    """Maximum number of tokens in a window; at most the number of trained positions."""
    windows: int
    """Maximum number of windows of a sentence to parse."""
    special: SpecialTokens


class Window(NamedTuple):
    """Some words of a sentence between special tokens, a subset of which is read here."""

    ids: list[int]
    first: int
    """Index in the sentence of the first word that is read here."""
    positions: list[int]
    """Position in `ids` of the first subword of each word that is read here."""


def sentence_windows(
    ids: Int[np.ndarray, " token"], subwords: Int[np.ndarray, " word"], limits: Limits
) -> list[Window]:
    """Splits a sentence into windows, in order; a single one if it fits.

    A word with very many subwords is truncated so that room for context remains.

    Args:
      ids: the whole sentence, without special tokens.
      subwords: number of ids from the first of each word to that of the next; 0 where words share
        one. Ids before the first word belong to none.
      limits: its length includes the special tokens and must allow four more.
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
    """Returns (left, right, stop): the window holds words [left, right) and reads [first, stop).

    Args:
      ends: number of tokens before each word, and in total.
      first: the first word that has not been read yet.
      room: maximum number of tokens.
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

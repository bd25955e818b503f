"""Maximum spanning trees from arc scores."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


def best_tree(scores: Float[np.ndarray, "word head"]) -> Int[np.ndarray, " word"]:
    """Returns the heads of the highest-scoring tree in which exactly one word attaches to the root.

    Every part of the sentence, initially a word, takes its best head among the words outside it.
    Parts that head each other in a cycle are merged, until a single one is left (Chu and Liu, 1965;
    Edmonds, 1967). Only that one takes the root, so the root has one child. Lowering root scores by
    more than two trees can differ would lead to the same tree (Stanojević and Cohen, 2021), but
    next to arcs forbidden by -1e9 a number of that size rounds the scores away.

    Takes time quadratic in the number of words.

    Args:
      scores: row d is word d + 1, column h its head h, column 0 the root. Finite, except for those
        of a word as its own head, which are ignored.

    Returns:
      The head of each word, 0 for the root's child. Ties are broken deterministically.
    """
    parts = _Parts(scores)
    path, arcs = [0], []  # path: the head of each part lies in the next part
    while len(parts.words[path[-1]]) < len(scores):
        arcs.append(parts.take_best_arc(path[-1]))
        head = parts.part_of[arcs[-1].head - 1]
        if head in path:
            start = path.index(head)
            parts.join(path[start:])
            del path[start + 1 :]
        else:
            path.append(head)
    arcs.append(parts.arc_from(0, path[-1]))
    return _unfolded(arcs, len(scores))


class _Arc(NamedTuple):
    head: int
    word: int
    part: list[int]
    """The words of the part for which the arc was chosen."""


class _Parts:
    """Sets of words in which every word can head all others; a part is named by its first word."""

    def __init__(self, scores: Float[np.ndarray, "word head"]):
        words = len(scores)
        self.words = [[word] for word in range(words)]
        self.part_of = list(range(words))
        # [part, head] of the best arc from the head into the part: its score minus the scores of
        # the arcs that it replaces; and the word that it enters.
        self._gains = scores.astype(np.float64)
        self._gains[range(words), range(1, words + 1)] = -np.inf
        self._entries = np.repeat(np.arange(words)[:, None], words + 1, axis=1)

    def arc_from(self, head: int, part: int) -> _Arc:
        """Returns the best arc from this head."""
        return _Arc(head, int(self._entries[part, head]), self.words[part])

    def take_best_arc(self, part: int) -> _Arc:
        """Takes the best arc not from the root; other gains become relative to it."""
        gains = self._gains[part]
        head = 1 + int(gains[1:].argmax())
        gains -= gains[head]
        return self.arc_from(head, part)

    def join(self, cycle: list[int]) -> None:
        """Merges parts that have taken their arcs from each other."""
        first, *others = cycle
        for other in others:
            better = self._gains[other] > self._gains[first]
            np.putmask(self._gains[first], better, self._gains[other])
            np.putmask(self._entries[first], better, self._entries[other])
        self.words[first] = [word for part in cycle for word in self.words[part]]
        self._gains[first, 1:][self.words[first]] = -np.inf
        for word in self.words[first]:
            self.part_of[word] = first


def _unfolded(arcs: list[_Arc], words: int) -> Int[np.ndarray, " word"]:
    """Returns the heads that remain of all arcs, which are in the order of being taken.

    An arc into a part replaces those taken earlier by the word it enters, and by smaller parts
    around that word.
    """
    heads = [-1] * words
    for arc in reversed(arcs):
        if all(heads[word] < 0 for word in arc.part):
            heads[arc.word] = arc.head
    return np.array(heads, np.int32)

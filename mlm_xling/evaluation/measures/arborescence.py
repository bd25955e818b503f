"""From scores of arcs to a tree."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


def best_tree(scores: Float[np.ndarray, "word head"]) -> Int[np.ndarray, " word"]:
    """Finds the heads of the highest-scoring tree in which exactly one word hangs on the root.

    Every part of the sentence, at first a word, takes its best head among the words outside it.
    Parts that head each other in a cycle become one part, until a single one is left (Chu and Liu,
    1965; Edmonds, 1967). Only that one takes the root, so the root has one child. Root scores
    lowered by more than two trees can differ would lead to the same tree (Stanojević and Cohen,
    2021), but beside arcs forbidden by -1e9 a number of that size rounds the scores away.

    Takes time in proportion to the square of the number of words.

    Args:
      scores: row d is word d + 1, column h its head h, column 0 the root. Finite, but for those
        of a word as its own head, which are not looked at.

    Returns:
      The head of each word, 0 for the root's child. Among equal trees the choice is always the
      same.
    """
    parts = _Parts(scores)
    path, arcs = [0], []  # the head of each part of the path is in the next
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
    """Sets of words in which every word can head all others; a part goes by its first word."""

    def __init__(self, scores: Float[np.ndarray, "word head"]):
        words = len(scores)
        self.words = [[word] for word in range(words)]
        self.part_of = list(range(words))
        # [part, head], of the best arc from the head into the part: its score, less the scores of
        # the arcs that it replaces; and the word that it enters.
        self._gains = scores.astype(np.float64)
        self._gains[range(words), range(1, words + 1)] = -np.inf
        self._entries = np.repeat(np.arange(words)[:, None], words + 1, axis=1)

    def arc_from(self, head: int, part: int) -> _Arc:
        """The best of the arcs from this head."""
        return _Arc(head, int(self._entries[part, head]), self.words[part])

    def take_best_arc(self, part: int) -> _Arc:
        """The best but from the root; what others gain over it is all that counts from now on."""
        gains = self._gains[part]
        head = 1 + int(gains[1:].argmax())
        gains -= gains[head]
        return self.arc_from(head, part)

    def join(self, cycle: list[int]) -> None:
        """Makes one part of parts that have taken their arcs from each other."""
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
    """The heads that remain of all arcs, which come in the order in which they were taken.

    An arc into a part replaces those that the word it enters, and smaller parts around that word,
    had taken before.
    """
    heads = [-1] * words
    for arc in reversed(arcs):
        if all(heads[word] < 0 for word in arc.part):
            heads[arc.word] = arc.head
    return np.array(heads, np.int32)

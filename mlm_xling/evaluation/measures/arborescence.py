"""From scores of arcs to a tree."""

import numpy as np
from jaxtyping import Float, Int
from ufal.chu_liu_edmonds import chu_liu_edmonds  # pyright: ignore[reportAttributeAccessIssue]


def best_tree(scores: Float[np.ndarray, "word head"]) -> Int[np.ndarray, " word"]:
    """The heads of the highest-scoring tree in which exactly one word hangs on the root.

    Chu-Liu/Edmonds on scores whose root arcs are all lowered by more than any two trees can
    differ: every tree has at least one root arc, so the best has only one, and among trees with
    one the order is unchanged (Stanojević and Cohen, 2021).

    Args:
      scores: row d is word d + 1, column h its head h, column 0 the root. Finite, but for those
        of a word as its own head, which are not looked at.

    Returns:
      The head of each word, 0 for the root's child.
    """
    words = len(scores)
    matrix = np.full((words + 1, words + 1), np.nan)
    matrix[1:] = scores
    np.fill_diagonal(matrix, np.nan)
    spread = np.nanmax(matrix) - np.nanmin(matrix)
    matrix[1:, 0] -= 1 + words * spread
    heads, _ = chu_liu_edmonds(matrix)
    return np.array(heads[1:], np.int32)

"""Trees against all trees there are."""

import itertools

import numpy as np
import pytest

from mlm_xling.evaluation.measures.arborescence import best_tree
from tests.evaluation.measures.test_attachment import is_tree


def all_trees(words):
    for heads in itertools.product(range(words + 1), repeat=words):
        if heads.count(0) == 1 and is_tree(heads):
            yield heads


def total(scores, heads):
    return scores[range(len(heads)), list(heads)].sum()


@pytest.mark.parametrize("words", range(1, 7))
def test_no_tree_with_one_root_scores_higher(words):
    rng = np.random.default_rng(words)
    trees = list(all_trees(words))
    assert len(trees) == words ** (words - 1)  # Cayley
    for _ in range(20):
        scores = rng.normal(size=(words, words + 1))
        scores[:, 0] += rng.choice([0.0, 5.0])  # where every word would like to be the root

        heads = best_tree(scores)

        assert tuple(heads) in trees
        assert total(scores, heads) == pytest.approx(max(total(scores, t) for t in trees))


def test_forbidden_self_attachment_does_not_blunt_the_scores():
    scores = np.log(np.array([[0.5, 0, 0.5 + 1e-6], [0.5, 0.5, 0]]) + 1e-300)
    scores[[0, 1], [1, 2]] = -1e9

    assert list(best_tree(scores)) == [2, 0]

"""Trees against all trees there are, against planted ones, and against another program."""

import itertools
import math
import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlm_xling.evaluation.measures.arborescence import best_tree
from tests.evaluation.measures.test_attachment import is_tree, random_tree

FORBIDDEN = -1e9


@cache
def all_trees(words):
    heads = itertools.product(range(words + 1), repeat=words)
    return [tree for tree in heads if tree.count(0) == 1 and is_tree(tree)]


def total(scores, heads):
    """The fewer forbidden arcs the better; then the sum of the others, rounded once."""
    arcs = [scores[word, head] for word, head in enumerate(heads)]
    return -arcs.count(FORBIDDEN), math.fsum(arc for arc in arcs if arc != FORBIDDEN)


def score_matrices(elements):
    return st.integers(1, 5).flatmap(lambda n: arrays(np.float64, (n, n + 1), elements=elements))


def is_the_best(scores, heads):
    """Compares with all trees; without forbidden arcs but for the rounding of scores themselves."""
    trees = all_trees(len(scores))
    forbidden, best = max(total(scores, tree) for tree in trees)
    assert tuple(heads) in trees
    assert total(scores, heads) == (
        forbidden,
        pytest.approx(best, rel=0, abs=1e-6 if forbidden else 1e-12),
    )


@pytest.mark.parametrize("words", range(1, 6))
def test_all_trees_are_as_many_as_cayley_counted(words):
    assert len(all_trees(words)) == words ** (words - 1)


@given(score_matrices(st.floats(-40, -0.01) | st.just(FORBIDDEN)))
def test_no_tree_with_one_root_scores_higher(scores):
    is_the_best(scores, best_tree(scores))


@given(score_matrices(st.sampled_from([-2.0, -1.0, 0.0])))
def test_among_equal_trees_the_choice_is_always_the_same(scores):
    heads = best_tree(scores)

    is_the_best(scores, heads)
    assert (best_tree(np.asfortranarray(scores)) == heads).all()
    assert (best_tree(scores.astype(np.float32)) == heads).all()


@given(score_matrices(st.floats(-40, -0.01)), st.floats(0, 100))
def test_the_root_has_one_child_however_much_it_attracts_all(scores, attraction):
    scores[:, 0] += attraction

    is_the_best(scores, best_tree(scores))


@given(score_matrices(st.floats(-40, -0.01)))
def test_a_word_as_its_own_head_is_not_looked_at(scores):
    heads, words = best_tree(scores), range(len(scores))
    scores[words, [word + 1 for word in words]] = np.nan

    assert (best_tree(scores) == heads).all()


def test_forbidden_arcs_do_not_blunt_the_scores_of_others():
    nearly = 1e-12
    scores = np.array(
        [  # the first two are equally good at heading each other, the third must be a leaf
            [-1, FORBIDDEN, -1, FORBIDDEN],
            [-1 + nearly, -1, FORBIDDEN, FORBIDDEN],
            [-1, -2, -2 + nearly, FORBIDDEN],
        ]
    )

    assert list(best_tree(scores)) == [2, 0, 2]


def test_sentences_of_500_words():
    rng = np.random.default_rng(0)
    tree = random_tree(500, random.Random(0)).heads
    scores = rng.uniform(-2, -1, (500, 501))
    scores[range(500), tree] = 0
    scores[:, 0] += 5

    assert (best_tree(scores) == tree).all()


def test_cycles_within_cycles_500_deep():
    words = np.arange(500)
    scores = -np.abs(words[:, None] + 1 - np.arange(501)) * 1.0  # the nearest word is the best head
    scores[:, 0] = words

    assert (best_tree(scores) == [*range(2, 501), 0]).all()


@pytest.mark.parametrize("words", range(1, 41))
def test_scores_are_those_of_another_program(words):
    other = pytest.importorskip("ufal.chu_liu_edmonds")
    rng = np.random.default_rng(words)
    scores = rng.normal(size=(words, words + 1)) * rng.choice([0.1, 1, 10])
    lowered = np.full((words + 1, words + 1), np.nan)
    lowered[1:] = scores
    lowered[1:, 0] -= 1 + words * np.ptp(scores)  # so that it gives the root one child
    np.fill_diagonal(lowered, np.nan)

    heads = other.chu_liu_edmonds(lowered)[0][1:]

    assert total(scores, best_tree(scores)) == pytest.approx(total(scores, heads))

"""What a choice of source languages is worth, worked by hand."""

import numpy as np
import pytest

from mlm_xling.evaluation.measures.source_choice import choose

NO = np.nan
SCORES = np.array([[NO, 0.5, 0.8], [0.6, NO, 0.7], [0.9, 0.4, NO]])
"""Three languages, each a source and a target."""


def test_a_choice_is_compared_with_the_best_source_and_with_the_usual_one():
    likes = np.array([[0, 2, 1], [2, 0, 2], [1, 1, 0]], float)

    found = choose(SCORES, likes, usual=0)

    # Chosen: 0.6 of 0.9 (no usual one), 0.5 of 0.5, 0.7 of 0.8.
    assert found.regret == pytest.approx((0.3 + 0.0 + 0.1) / 3)
    assert found.gain == pytest.approx((0.0 - 0.1) / 2)
    assert found.targets == 3


def test_ranks_are_correlated_where_there_are_three_sources():
    scores = np.array([[0.1, NO], [0.2, 0.5], [0.3, 0.4]])
    likes = np.array([[1.0, 0.0], [3.0, 1.0], [2.0, 2.0]])

    assert choose(scores, likes, usual=0).rank_correlation == pytest.approx(0.5)
    assert np.isnan(choose(SCORES, SCORES, usual=0).rank_correlation)


def test_who_prefers_none_chooses_at_random():
    found = choose(SCORES, np.zeros_like(SCORES), usual=0)

    assert found.regret == pytest.approx(np.mean([0.15, 0.05, 0.05]))


def test_a_target_of_one_source_leaves_no_choice():
    assert choose(np.array([[NO, 0.5], [NO, NO]]), np.zeros((2, 2)), usual=0).targets == 0

"""Which words are shown, and what was found for them."""

import numpy as np
import pytest

from mlm_xling.evaluation.probes.illustration import Searched, evenly
from mlm_xling.examples import Candidate


@pytest.mark.parametrize(
    ("count", "wanted", "chosen"),
    [(9, 3, [0, 4, 8]), (3, 9, [0, 1, 2]), (5, 1, [0]), (0, 4, [])],
)
def test_what_is_shown_is_chosen_evenly(count, wanted, chosen):
    assert evenly(count, wanted) == chosen


@pytest.fixture
def searched():
    """Three words; of `b` the second is right, of `c` the first is only as near as a wrong one."""
    others = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 4.0]])
    return Searched(
        texts=("a", "b", "c"),
        vectors=np.array([[2.0, 0.0], [0.6, 0.8], [0.0, 1.0]]),
        answers=({0}, {1}, {1, 2}),
        others=("A", "B", "C"),
        other_vectors=others,
        found=np.array([[0, 2], [2, 1], [1, 2]]),
        score=np.array([[0.9, 0.1], [0.5, 0.4], [0.7, 0.7]]),
        hits=np.array([True, False, False]),
    )


def test_neighbours_stand_in_their_order_with_cosines_and_the_right_ones_marked(searched):
    found = searched.look_up(1)

    assert found.found == (Candidate("C", 1.0, False), Candidate("B", 0.8, True))
    assert found.answers == (Candidate("B", 0.8, True),)


def test_a_mistake_is_what_is_not_found_and_has_a_wrong_word_nearest(searched):
    assert [found.text for found in searched.mistakes(5)] == ["b"]


def test_the_nearest_mistakes_come_first(searched):
    wrong = searched._replace(answers=({1}, {0}, {0}), hits=np.zeros(3, bool))

    assert [found.text for found in wrong.mistakes(2)] == ["a", "c"]

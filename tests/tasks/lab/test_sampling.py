"""Drawing under conditions agrees with the probabilities that were asked for."""

import numpy as np
from scipy.stats import chisquare

from tasks.lab.sampling import Choice


def test_outcomes_have_their_probabilities_under_each_condition() -> None:
    weights = np.array([[1.0, 2.0, 0.0, 5.0], [0.0, 3.0, 1.0, 0.0]])
    choice = Choice(weights, [10, 20, 30, 40])
    conditions = np.repeat([0, 1], 20_000)

    drawn = choice.draw(np.random.default_rng(0), conditions)

    for condition, row in enumerate(weights):
        counts = [(drawn[conditions == condition] == name).sum() for name in (10, 20, 30, 40)]
        assert not np.array(counts)[row == 0].any()
        expected = row[row > 0] / row.sum() * 20_000
        assert chisquare(np.array(counts)[row > 0], expected).pvalue > 1e-3


def test_a_condition_without_an_outcome_gives_nothing() -> None:
    choice = Choice(np.array([[0.0, 0.0], [1.0, 0.0]]), [5, 6])

    assert choice.draw(np.random.default_rng(0), np.array([0, 1, 0])).tolist() == [0, 5, 0]

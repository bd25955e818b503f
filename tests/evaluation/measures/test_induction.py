"""Ranks of translations by CSLS."""

import numpy as np

from mlm_xling.evaluation.measures.induction import Questions, look_up
from mlm_xling.evaluation.measures.procrustes import unit


def looped_rank(sources, targets, word, answers, k=10):
    def near(row, others):
        return np.mean(sorted(others @ row)[-k:])

    scores = [
        2 * target @ sources[word] - near(sources[word], targets) - near(target, sources)
        for target in targets
    ]
    order = sorted(range(len(targets)), key=lambda row: -scores[row])
    place = min(order.index(row) for row in answers) + 1
    return place if place <= 10 else np.inf


def test_ranks_equal_a_loop_over_the_definition():
    random = np.random.default_rng(0)
    sources = unit(random.normal(size=(40, 5)))
    targets = unit(sources[:30] + 0.4 * random.normal(size=(30, 5)))
    questions = Questions([0, 3, 8, 35], [{0}, {3, 9}, {8}, {1}])

    expected = [looped_rank(sources, targets, *pair) for pair in zip(*questions, strict=True)]

    assert look_up(sources, targets, questions).ranks.tolist() == expected

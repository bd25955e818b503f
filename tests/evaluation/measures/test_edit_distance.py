"""Distances of strings and of subwords, against plain definitions."""

import random

import pytest

from mlm_xling.evaluation.measures.edit_distance import mean_edit_distance, subword_distance


def levenshtein(x, y):
    """The table of Wagner and Fischer, whole."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(y) + 1)] for i in range(len(x) + 1)]
    for i in range(1, len(x) + 1):
        for j in range(1, len(y) + 1):
            changed = table[i - 1][j - 1] + (x[i - 1] != y[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, changed)
    return table[-1][-1]


def test_it_is_levenshteins_distance_over_the_longer_length_averaged():
    rng = random.Random(0)
    x, y = (
        ["".join(rng.choices("abдж語𝄞", k=rng.randint(1, 90))) for _ in range(40)] for _ in "xy"
    )
    expected = [levenshtein(*both) / max(map(len, both)) for both in zip(x, y, strict=True)]

    assert mean_edit_distance(x, y) == pytest.approx(sum(expected) / len(expected))


def test_case_does_not_count_and_empty_strings_are_equal():
    assert mean_edit_distance(["ABC", ""], ["abc", ""]) == 0


def test_subwords_are_compared_by_their_frequency():
    assert subword_distance([[1, 2], [1]], [[2, 1, 1]]) == pytest.approx(0)
    assert subword_distance([[1, 1, 1, 2]], [[1, 2, 3, 3]]) == pytest.approx(0.5)
    assert subword_distance([[1]], [[2]]) == 1

"""Regressing the length of sentences out of their vectors."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from mlm_xling.evaluation.measures.cka import debiased_cka
from mlm_xling.evaluation.measures.length import without_length


@pytest.fixture
def lengths():
    return np.random.default_rng(0).integers(0, 60, size=200)


def test_what_is_left_are_the_residuals_of_a_linear_regression(lengths):
    rows = np.random.default_rng(1).normal(size=(200, 5)) + np.log(lengths + 1)[:, None]
    logarithm = np.log(np.maximum(lengths, 1))[:, None]

    residuals = rows - LinearRegression().fit(logarithm, rows).predict(logarithm)

    np.testing.assert_allclose(without_length(rows, lengths), residuals, atol=1e-12)


def test_representations_that_share_nothing_but_length_are_no_longer_alike(lengths):
    random, length = np.random.default_rng(2), np.log(np.maximum(lengths, 1))[:, None]
    x, y = (2 * length + random.normal(size=(200, 4)) for _ in range(2))

    assert debiased_cka(x, y) > 0.8
    assert abs(debiased_cka(without_length(x, lengths), without_length(y, lengths))) < 0.05


def test_sentences_of_one_length_only_lose_their_mean():
    rows = np.arange(6.0).reshape(3, 2)

    np.testing.assert_allclose(without_length(rows, np.full(3, 7)), rows - rows.mean(axis=0))

"""Regressing the length of sentences out of their vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from mlm_xling.evaluation.measures.cka import debiased_cka
from mlm_xling.evaluation.measures.length import debiased_cka_without_length, without_length


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
    assert abs(debiased_cka_without_length(x, y, lengths, lengths)) < 0.05


@pytest.mark.parametrize("noise", [0.0, 0.3, 3.0])
def test_what_is_left_of_few_unrelated_sentences_is_not_alike(noise):
    """Whether lengths are the same on both sides, nearly so, or unrelated."""
    random, found = np.random.default_rng(3), []
    for _ in range(60):
        x, y = random.normal(size=(2, 40, 200)) * np.geomspace(1, 0.2, 200)
        logarithm = random.normal(3, 0.5, 40)
        sides = [np.exp(logarithm + random.normal(0, noise, 40)).astype(int) for _ in range(2)]
        biased = debiased_cka(without_length(x, sides[0]), without_length(y, sides[1]))
        found.append((debiased_cka_without_length(x, y, *sides), biased))

    mean, biased = np.mean(found, axis=0)
    error = np.std([one for one, _ in found]) / np.sqrt(len(found))
    assert abs(mean) < 3 * error
    assert noise > 1 or biased > 5 * error


def test_what_is_left_of_equal_sentences_is_equal(lengths):
    x = np.random.default_rng(4).normal(size=(200, 4))

    assert debiased_cka_without_length(x, x, lengths, lengths) == pytest.approx(1)


@given(st.integers(4, 12), st.integers(1, 300), st.integers(0, 1_000))
def test_it_is_a_correlation_however_few_the_sentences(count, width, seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, width))
    y = x + 0.3 * random.normal(size=x.shape)
    lengths = random.integers(3, 40, size=(2, count))

    assert abs(debiased_cka_without_length(x, y, *lengths)) < 1 + 1e-6


def test_of_many_sentences_it_is_the_debiased_cka_of_the_residuals():
    random = np.random.default_rng(5)
    x = random.normal(size=(2_000, 20))
    y = x @ random.normal(size=(20, 10)) + random.normal(size=(2_000, 10))
    lengths = random.integers(1, 60, size=(2, 2_000))

    residuals = [without_length(side, of) for side, of in zip((x, y), lengths, strict=True)]

    assert debiased_cka_without_length(x, y, *lengths) == pytest.approx(
        debiased_cka(*residuals), abs=1e-3
    )


def test_without_any_variation_of_length_it_is_debiased_cka():
    x, y = np.random.default_rng(6).normal(size=(2, 30, 8))

    found = debiased_cka_without_length(x, y, np.full(30, 7), np.full(30, 9))

    assert found == pytest.approx(debiased_cka(x, y), abs=1e-12)


@pytest.mark.parametrize("length", range(1, 12))
def test_sentences_of_one_length_only_lose_their_mean(length):
    rows = np.arange(60.0).reshape(30, 2)

    np.testing.assert_allclose(without_length(rows, np.full(30, length)), rows - rows.mean(axis=0))

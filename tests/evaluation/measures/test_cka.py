"""CKA against the definitions over Gram matrices, and its invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

from mlm_xling.evaluation.measures.cka import (
    debiased_cka,
    debiased_cka_of_all,
    linear_cka,
    permuted_cka,
)

seeds = st.integers(0, 10_000)


def related(seed, n=12, width=6, other_width=4):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, width)) + 3
    return x, x @ random.normal(size=(width, other_width)) + random.normal(size=(n, other_width))


def gram_cka(x, y):
    n = len(x)
    centring = np.eye(n) - 1 / n

    def hsic(a, b):
        return np.trace(centring @ a @ a.T @ centring @ b @ b.T)

    return hsic(x, y) / np.sqrt(hsic(x, x) * hsic(y, y))


def summed_hsic(x, y):
    """Song et al. 2012, equation 5, term by term, on the Gram matrices of uncentred data."""
    n = len(x)
    k, l = x @ x.T, y @ y.T  # noqa: E741
    np.fill_diagonal(k, 0)
    np.fill_diagonal(l, 0)
    pairs = sum(k[i, j] * l[i, j] for i in range(n) for j in range(n))
    totals = sum(k[i, j] for i in range(n) for j in range(n)) * sum(
        l[p, q] for p in range(n) for q in range(n)
    )
    chains = sum(k[i, j] * l[j, p] for i in range(n) for j in range(n) for p in range(n))
    return (pairs + totals / ((n - 1) * (n - 2)) - 2 * chains / (n - 2)) / (n * (n - 3))


@pytest.mark.parametrize("seed", range(3))
def test_cka_equals_the_gram_matrix_form(seed):
    x, y = related(seed)

    assert linear_cka(x, y) == pytest.approx(gram_cka(x, y), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_debiased_cka_equals_the_definition_with_sums(seed):
    x, y = related(seed)
    expected = summed_hsic(x, y) / np.sqrt(summed_hsic(x, x) * summed_hsic(y, y))

    assert debiased_cka(x, y) == pytest.approx(expected, abs=1e-10)


@given(seeds, st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("similarity", [linear_cka, debiased_cka])
def test_rotation_scaling_and_shift_change_nothing(similarity, seed, scale):
    x, y = related(seed)
    moved = scale * y @ ortho_group.rvs(y.shape[1], random_state=seed) - 5

    assert similarity(x, moved) == pytest.approx(similarity(x, y), abs=1e-9)
    assert similarity(moved, y) == pytest.approx(1, abs=1e-9)


@given(seeds)
@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("similarity", [linear_cka, debiased_cka])
def test_cka_is_symmetric(similarity, seed):
    x, y = related(seed)

    assert similarity(x, y) == pytest.approx(similarity(y, x), abs=1e-12)


def test_only_the_debiased_estimate_sees_that_wide_noise_is_independent():
    random = np.random.default_rng(0)
    noise = [(random.normal(size=(64, 256)), random.normal(size=(64, 256))) for _ in range(10)]

    assert np.mean([linear_cka(x, y) for x, y in noise]) > 0.6
    assert abs(np.mean([debiased_cka(x, y) for x, y in noise])) < 0.03


def test_permuted_pairs_score_what_independent_data_scores():
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 20))
    independent = np.mean([linear_cka(x, random.normal(size=(200, 20))) for _ in range(10)])

    assert permuted_cka(x, x, seed=0, permutations=10) == pytest.approx(independent, rel=0.1)
    assert permuted_cka(x, x, seed=3) == permuted_cka(x, x, seed=3)


@pytest.mark.parametrize("similarity", [linear_cka, debiased_cka])
def test_constant_representations_score_zero(similarity):
    x, _ = related(0)

    assert similarity(x, np.ones_like(x)) == 0


def test_float32_input_is_summed_in_float64():
    x, y = ((rows + 1000).astype(np.float32) for rows in related(0))

    assert linear_cka(x, y) == linear_cka(x.astype(np.float64), y.astype(np.float64))


def test_debiased_cka_refuses_fewer_than_four_items():
    with pytest.raises(ValueError, match="at least 4"):
        debiased_cka(np.eye(3), np.eye(3))


def test_layers_with_layers_are_measured_as_each_pair_is():
    (x, y), (u, v) = related(0), related(1)

    table = debiased_cka_of_all(np.stack([x, u]), np.stack([y, v, y + 1]))

    expected = [[debiased_cka(a, b) for b in (y, v, y + 1)] for a in (x, u)]
    np.testing.assert_allclose(table, expected, rtol=1e-12)

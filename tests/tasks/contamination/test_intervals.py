"""Intervals against SciPy, and against samples of populations that are known."""

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from tasks.contamination.intervals import share_of, stratified


@pytest.mark.parametrize(("hits", "n"), [(0, 50), (3, 50), (50, 50), (17, 100_000)])
def test_the_interval_of_a_count_is_scipys(hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")

    assert share_of(hits, n) == pytest.approx((hits / n, expected.low, expected.high), abs=1e-6)


def test_of_nothing_nothing_is_known():
    assert share_of(0, 0) == (0, 0, 1)


def test_one_large_stratum_has_the_quantiles_of_jeffreys_posterior():
    found = stratified([3], [20], [10**9])

    expected = beta.ppf((0.025, 0.975), 3.5, 17.5)
    assert found.value == pytest.approx(0.15 * 10**9)
    np.testing.assert_allclose(np.array(found[1:]) / 10**9, expected, rtol=0.03)


def test_what_was_wholly_looked_at_is_certain():
    assert stratified([3, 7], [10, 7], [10, 7]) == (10, 10, 10)


@pytest.mark.parametrize(
    ("sizes", "hits", "held_at_most"),
    [
        ([2000, 300, 40], [100, 150, 38], 0.995),
        # Of what was mostly looked at, whole numbers are left: intervals hold more than they say.
        ([22], [11], 1),
        ([25], [12], 1),
        ([22], [2], 1),
        ([40], [12], 1),
        ([22, 24, 25], [11, 3, 12], 1),
    ],
)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(sizes, hits, held_at_most):
    rng, of, hit = np.random.default_rng(0), np.array(sizes), np.array(hits)
    held = 0
    for _ in range(200):
        of_sample = rng.hypergeometric(hit, of - hit, 20)
        _, low, high = stratified(of_sample.tolist(), [20] * len(of), sizes)
        held += low <= sum(hits) <= high

    assert 0.9 < held / 200 <= held_at_most

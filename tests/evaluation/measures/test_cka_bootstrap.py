"""Resampled CKA is that of items drawn anew, and its spread that over new samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.evaluation.measures import cka_bootstrap
from mlm_xling.evaluation.measures.cka import debiased_cka, linear_cka
from mlm_xling.evaluation.measures.cka_bootstrap import resampled_cka, standard_errors
from tests.evaluation.measures.test_cka import related


@pytest.mark.parametrize("block", [5, 1 << 22])
@pytest.mark.parametrize("width", [4, 20], ids=["of_features", "of_items"])
@given(st.integers(0, 10_000))
def test_each_resample_scores_what_the_items_drawn_score(width, block, seed):
    x, y = related(seed, n=17, width=width)
    drawn = np.random.default_rng(seed).integers(17, size=(3, 17))
    counts = np.stack([np.bincount(items, minlength=17) for items in drawn], axis=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cka_bootstrap, "BLOCK", block)
        plain, debiased = resampled_cka(x, y, counts.astype(np.float64))

    for which, similarity in ((plain, linear_of_drawn), (debiased, debiased_of_drawn)):
        expected = [similarity(x, y, items) for items in drawn]
        np.testing.assert_allclose(which, expected, atol=1e-9)


def linear_of_drawn(x, y, items) -> float:
    return linear_cka(x[items], y[items])


def debiased_of_drawn(x, y, items) -> float:
    """Song et al.'s estimate by its definition, with no pair of an item with itself."""
    n = len(items)
    grams = [(z - z.mean(0)) @ (z - z.mean(0)).T for z in (x[items], y[items])]
    grams = [np.where(items[:, None] == items, 0, gram) for gram in grams]

    def hsic(k, l):  # noqa: E741
        totals, rows = k.sum() * l.sum() / ((n - 1) * (n - 2)), (k @ l).sum() * 2 / (n - 2)
        return (np.trace(k @ l) + totals - rows) / (n * (n - 3))

    x_y, x_x, y_y = (hsic(grams[a], grams[b]) for a, b in cka_bootstrap.PAIRS)
    return x_y / np.sqrt(x_x * y_y) if min(x_x, y_y) > 0 else 0.0


def test_constant_representations_score_zero_in_every_resample():
    x, _ = related(0)

    for values in resampled_cka(x, np.ones_like(x), np.ones((len(x), 4))):
        assert values.tolist() == [0, 0, 0, 0]


def test_resamples_some_at_a_time_are_those_of_all_at_once(monkeypatch):
    x, y = related(0)
    at_once = standard_errors(x, y, seed=3, resamples=20)

    monkeypatch.setattr(cka_bootstrap, "BLOCK", 7 * len(x))

    np.testing.assert_allclose(standard_errors(x, y, seed=3, resamples=20), at_once, rtol=1e-9)


def test_the_bootstrap_error_is_the_spread_over_new_samples():
    mix = np.random.default_rng(0).normal(size=(4, 4))

    def sample(seed):
        random = np.random.default_rng(seed)
        x = random.normal(size=(150, 4))
        return x, x @ mix + 2 * random.normal(size=x.shape)

    drawn = [sample(seed) for seed in range(200)]
    for which, similarity in enumerate((linear_cka, debiased_cka)):
        spread = np.std([similarity(*pair) for pair in drawn])
        errors = [standard_errors(*pair, seed=0, resamples=100)[which] for pair in drawn[:10]]
        assert np.mean(errors) == pytest.approx(spread, rel=0.25)


def test_what_is_hardly_similar_is_not_taken_for_uncertain():
    def sample(seed):
        random = np.random.default_rng(seed)
        x = random.normal(size=(300, 32))
        return x, 0.3 * x + random.normal(size=x.shape)

    drawn = [sample(seed) for seed in range(100)]
    values = [debiased_cka(*pair) for pair in drawn]
    errors = [standard_errors(*pair, seed=0, resamples=100)[1] for pair in drawn[:5]]

    assert np.mean(values) < 0.1
    assert np.std(values) < np.mean(errors) < 1.9 * np.std(values)


def test_without_resamples_there_is_no_error():
    assert all(np.isnan(standard_errors(*related(0), seed=0, resamples=0)))

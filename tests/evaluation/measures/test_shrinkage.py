"""Shrunk maps retrieve more where pairs are few for the width, and no less where they are many."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from mlm_xling.evaluation.measures.procrustes import aligned
from mlm_xling.evaluation.measures.retrieval import retrieve
from mlm_xling.evaluation.measures.shrinkage import Directions, aligned_shrunk

WIDTH, TESTED = 96, 300


def translations(pairs, noise, decay=0.0):
    """Noisy views of the same meanings, one of them rotated: (test, fit) of both sides.

    Dimension i has the standard deviation `i ** -decay`, signal and noise alike.
    """
    random = np.random.default_rng(0)
    spread = np.arange(1.0, WIDTH + 1) ** -decay
    meaning, *noises = random.normal(size=(3, TESTED + pairs, WIDTH)) * spread
    x, y = (meaning + noise * other for other in noises)
    y = y @ ortho_group.rvs(WIDTH, random_state=0)
    return x[:TESTED], y[:TESTED], x[TESTED:], y[TESTED:]


def found(vectors):
    hits = retrieve(*vectors)
    return (hits.forward.mean() + hits.backward.mean()) / 2


@pytest.mark.parametrize(("pairs", "gain"), [(500, 0.15), (1_000, 0.1), (10_000, -0.01)])
def test_a_true_rotation_is_found_from_few_pairs(pairs, gain):
    """So many pairs for a width of 768."""
    data = translations(round(pairs * WIDTH / 768), noise=0.85)

    assert found(aligned_shrunk(*data)) > found(aligned(*data)) + gain


@pytest.mark.parametrize("pairs", [60, 125, 1_250])
def test_a_rotation_that_few_directions_carry_is_found_no_less(pairs):
    data = translations(pairs, noise=0.5, decay=0.5)

    assert found(aligned_shrunk(*data)) > found(aligned(*data)) - 0.02


def test_without_shrinking_the_map_is_that_of_procrustes():
    x, y, fit_x, fit_y = translations(200, noise=0.5)
    u, _, vt = np.linalg.svd(fit_y.T @ fit_x)

    mapped_x, mapped_y = Directions.fit(fit_x, fit_y).shrink(x, y, 0.0)

    np.testing.assert_allclose(mapped_x @ mapped_y.T, (x @ (u @ vt).T) @ y.T, atol=1e-8)


def test_what_no_pair_spans_is_left_out():
    x, y, fit_x, fit_y = translations(20, noise=0.5)

    mapped_x, mapped_y = Directions.fit(fit_x, fit_y).shrink(x, y, 1.0)

    assert mapped_x.shape == mapped_y.shape == (TESTED, 20)


@pytest.mark.parametrize("pairs", [1, 4])
def test_a_handful_of_pairs_makes_a_map(pairs):
    assert 0 <= found(aligned_shrunk(*translations(pairs, noise=0.5))) < 0.2


def test_spaces_of_different_width_have_common_directions():
    x, y, fit_x, fit_y = translations(1_000, noise=0.3)

    assert found(aligned_shrunk(x, y[:, :48], fit_x, fit_y[:, :48])) > 0.8

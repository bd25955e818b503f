"""Procrustes against SciPy, retrieval against a loop, and cases with a known answer."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from mlm_xling.evaluation.measures.procrustes import (
    Normalisation,
    aligned,
    orthogonal_map,
    unit,
)
from mlm_xling.evaluation.measures.retrieval import (
    TIE,
    less_mean_of,
    retrieve,
    strict_hits,
)


@pytest.fixture
def random():
    return np.random.default_rng(0)


def test_the_map_equals_scipys(random):
    x, y = random.normal(size=(50, 8)), random.normal(size=(50, 8))
    expected, _ = orthogonal_procrustes(x, y)

    np.testing.assert_allclose(orthogonal_map(x, y).T, expected, atol=1e-10)


def test_the_map_recovers_a_planted_rotation_under_noise(random):
    rotation = ortho_group.rvs(16, random_state=0)
    x = random.normal(size=(400, 16))
    y = x @ rotation.T + 0.01 * random.normal(size=x.shape)

    np.testing.assert_allclose(orthogonal_map(x, y), rotation, atol=1e-2)


def test_normalised_rows_have_unit_length_and_almost_zero_mean(random):
    rows = random.normal(size=(300, 8)) + 2
    normalised = Normalisation.fit(rows)(rows)

    np.testing.assert_allclose(np.linalg.norm(normalised, axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(normalised.mean(axis=0), 0, atol=1e-3)


def test_normalisation_replays_the_means_of_the_fit(random):
    fit, rows = random.normal(size=(100, 4)) + 1, random.normal(size=(5, 4)) - 3
    normalise = Normalisation.fit(fit)

    np.testing.assert_array_equal(normalise(rows)[:1], normalise(rows[:1]))


def looped_hits(x, y):
    cosines = unit(x) @ unit(y).T
    rows = range(len(x))
    forward = [all(cosines[i, i] > cosines[i, j] for j in rows if j != i) for i in rows]
    backward = [all(cosines[i, i] > cosines[j, i] for j in rows if j != i) for i in rows]
    return forward, backward


@pytest.mark.parametrize("block", [1, 300, 10_000])
def test_hits_equal_a_loop_over_the_definition_whatever_the_block(random, block):
    x = random.normal(size=(40, 5))
    y = x + 0.7 * random.normal(size=x.shape)

    forward, backward = retrieve(x, y, block)

    expected = looped_hits(x, y)
    assert (forward.tolist(), backward.tolist()) == expected
    assert 0 < forward.mean() < 1
    assert forward.tolist() != backward.tolist()


def test_no_more_similarities_are_held_than_asked_for():
    gold, held = np.ones(50), []

    def similar_to_all(rows):
        held.append(len(gold[rows]) * len(gold))
        return np.zeros((len(gold[rows]), len(gold)))

    strict_hits(similar_to_all, gold, TIE, block=300)

    assert set(held[:-1]) == {300}
    assert sum(held) == len(gold) ** 2


def test_a_tie_is_no_hit(random):
    x = random.normal(size=(6, 4))
    y = x.copy()
    y[1] = 2 * y[0]  # same direction: both answers are as close to x[0]

    hits = retrieve(x, y)

    assert hits.forward.tolist() == [False, False, True, True, True, True]


def test_equal_and_zero_representations_never_hit():
    assert not np.any(retrieve(np.ones((5, 3)), np.ones((5, 3))))
    assert not np.any(retrieve(np.zeros((5, 3)), np.eye(5, 3)))


def test_centring_undoes_what_is_constant_in_a_language(random):
    meaning = random.normal(size=(200, 8))
    x, y = meaning + 20 * random.normal(size=8), meaning + 20 * random.normal(size=8)
    fit, test = slice(0, 150), slice(150, None)

    moved = retrieve(less_mean_of(x[test], x[fit]), less_mean_of(y[test], y[fit]))

    assert retrieve(x[test], y[test]).forward.mean() < 0.5
    assert moved.forward.mean() > 0.95


def test_alignment_finds_translations_through_rotation_shift_and_scale(random):
    meaning = random.normal(size=(300, 8))
    x, y = meaning + 1, 3 * meaning @ ortho_group.rvs(8, random_state=0) - 2
    fit, test = slice(0, 200), slice(200, None)

    hits = retrieve(*aligned(x[test], y[test], x[fit], y[fit]))

    assert retrieve(x[test], y[test]).forward.mean() < 0.1
    assert hits.forward.mean() > 0.8
    assert hits.backward.mean() > 0.8


@pytest.mark.parametrize("mean", [0, 30, 3_000, 30_000])
def test_a_mean_far_larger_than_the_spread_hides_nothing(random, mean):
    x = random.normal(size=(200, 16)).astype(np.float32)
    noise = 0.5 * random.normal(size=x.shape).astype(np.float32)
    x[:, 0] += mean
    y = (x + noise).astype(np.float32)

    hits = retrieve(x, y)

    forward, backward = looped_hits(x.astype(np.float64), y.astype(np.float64))
    assert hits.forward.tolist() == forward
    assert hits.backward.tolist() == backward
    assert 0.2 < np.mean(forward) < 1

"""Measures beside CKA against their definitions, and cases with a known answer."""

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.cross_decomposition import CCA

from mlm_xling.evaluation.measures.dominance import dominant, variance_shares
from mlm_xling.evaluation.measures.similarity import (
    MEASURES,
    neighbour_overlap,
    neuron_correlation,
    svcca,
)
from mlm_xling.evaluation.probes.correlation import correlate
from mlm_xling.results import Result


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(60, 6)) * [4, 3, 2, 2, 1, 1] + 5


@pytest.mark.parametrize("measure", MEASURES.values())
def test_equal_representations_score_one(rows, measure):
    assert measure(rows, rows.copy()) == pytest.approx(1)


@pytest.mark.parametrize("measure", [svcca, neighbour_overlap])
def test_rotation_scaling_and_shift_change_nothing(rows, measure):
    rotation = ortho_group.rvs(6, random_state=0)

    assert measure(rows, 3 * rows @ rotation - 2) == pytest.approx(1)


def test_the_neuron_wise_correlation_sees_a_rotation(rows):
    assert neuron_correlation(rows, rows @ ortho_group.rvs(6, random_state=0)) < 0.5


def test_svcca_equals_the_canonical_correlations_that_scikit_learn_finds(rows):
    other = rows @ np.random.default_rng(1).normal(size=(6, 6))
    other += 4 * np.random.default_rng(2).normal(size=other.shape)
    model = CCA(n_components=6, max_iter=5000, tol=1e-12).fit(rows, other)
    scores = zip(*(side.T for side in model.transform(rows, other)), strict=True)

    expected = np.mean([np.corrcoef(*pair)[0, 1] for pair in scores])

    assert svcca(rows, other) == pytest.approx(expected, abs=1e-4)


def test_svcca_drops_the_directions_that_hardly_vary(rows):
    noise = 1e-3 * np.random.default_rng(1).normal(size=(60, 5))

    assert svcca(np.hstack([rows, noise]), rows) == pytest.approx(1, abs=1e-4)


def test_the_neuron_wise_correlation_is_the_mean_of_numpys(rows):
    other = rows + np.random.default_rng(1).normal(size=rows.shape)
    other[:, 0] = 7  # does not vary, counts as 0

    expected = [np.corrcoef(rows[:, i], other[:, i])[0, 1] for i in range(1, 6)]

    assert neuron_correlation(rows, other) == pytest.approx(sum(expected) / 6)


def test_the_neighbour_overlap_equals_a_loop(rows):
    other = rows + 2 * np.random.default_rng(1).normal(size=rows.shape)

    def near(data, i):
        data = data - data.mean(axis=0)
        cosines = data @ data[i] / np.linalg.norm(data, axis=1)
        return set(np.argsort(-cosines)[1:5])

    expected = np.mean([len(near(rows, i) & near(other, i)) / 4 for i in range(len(rows))])

    assert neighbour_overlap(rows, other, k=4) == pytest.approx(expected)
    assert 0 < expected < 1


def test_a_dimension_dominates_by_its_share_of_the_variance():
    rows = np.random.default_rng(0).normal(size=(500, 20)) * ([10] + [1] * 19) + 100

    assert variance_shares(rows)[0] == pytest.approx(100 / 119, abs=0.05)
    assert variance_shares(rows).sum() == pytest.approx(1)
    assert dominant(rows).tolist() == [True] + [False] * 19
    assert variance_shares(np.ones((5, 3))).tolist() == [0, 0, 0]


def layered(metric, values):
    return [
        Result(
            "cka", metric, "trained", "en", "fr", layer, value, None, None, 9, 1, 0, "c", 0.0
        )
        for layer, value in enumerate(values)
    ]  # fmt: skip


def test_the_correlation_is_numpys_over_layers():
    cka, forward, backward = (0.5, 0.7, 0.4, 0.2), (0.2, 0.6, 0.4, 0.1), (0.4, 0.4, 0.2, 0.1)
    results = layered("cka", cka) + layered("p@1_procrustes_forward", forward)
    results += layered("p@1_procrustes_backward", backward)

    (found,) = correlate(results)

    expected = np.corrcoef(cka, np.add(forward, backward) / 2)[0, 1]
    assert found.value == pytest.approx(expected)
    assert (found.n, found.layer, found.metric) == (4, None, "pearson_cka_retrieval")
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize("values", [(0.5, 0.7), (0.5, 0.5, 0.5)])
def test_too_few_layers_or_no_variation_give_no_correlation(values):
    assert correlate(layered("cka", values) + layered("p@1_procrustes_forward", values)) == []


def test_one_measurement_alone_gives_no_correlation():
    assert correlate(layered("cka", (0.1, 0.2, 0.3, 0.4))) == []

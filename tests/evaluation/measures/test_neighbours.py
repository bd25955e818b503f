"""Blocked search against sorting, scikit-learn, and a loop over the definition of CSLS."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from mlm_xling.evaluation.measures import csls as csls_module
from mlm_xling.evaluation.measures import neighbours
from mlm_xling.evaluation.measures.cells import bounded_similarity
from mlm_xling.evaluation.measures.csls import csls
from mlm_xling.evaluation.measures.neighbours import _search, mean_similarity, nearest
from mlm_xling.evaluation.measures.procrustes import unit


@pytest.fixture
def random():
    return np.random.default_rng(0)


def rows(random, count, width=12):
    return unit(random.normal(size=(count, width)).astype(np.float32) + 0.3)


def test_neighbours_and_cosines_equal_scikit_learns(random):
    queries, keys = rows(random, 50), rows(random, 700)
    model = NearestNeighbors(n_neighbors=5, metric="cosine").fit(keys)
    distances, index = model.kneighbors(queries)

    found = nearest(queries, keys, 5)

    np.testing.assert_array_equal(found.index, index)
    np.testing.assert_allclose(found.score, 1 - distances, atol=1e-6)


def test_blocks_change_nothing(random, monkeypatch):
    queries, keys = rows(random, 300), rows(random, 2000)
    penalty = random.normal(size=2000).astype(np.float32)
    order = np.argsort(-(queries @ keys.T - penalty), axis=1)[:, :7]
    monkeypatch.setattr(neighbours, "QUERY_BLOCK", 128)
    monkeypatch.setattr(neighbours, "KEY_BLOCK", 512)

    np.testing.assert_array_equal(nearest(queries, keys, 7, penalty).index, order)


def test_with_fewer_keys_than_asked_for_all_are_ranked(random):
    queries, keys = rows(random, 4), rows(random, 3)

    found = nearest(queries, keys, 10)

    np.testing.assert_array_equal(found.index, np.argsort(-(queries @ keys.T), axis=1))


def test_the_mean_similarity_is_that_of_the_nearest(random):
    queries, keys = rows(random, 5), rows(random, 40)
    expected = np.sort(queries @ keys.T, axis=1)[:, -10:].mean(axis=1)

    np.testing.assert_allclose(mean_similarity(queries, keys, 10), expected, atol=1e-6)


def looped_csls(query, target, targets, sources, k):
    near_query = sorted((float(query @ other) for other in targets), reverse=True)[:k]
    near_target = sorted((float(source @ target) for source in sources), reverse=True)[:k]
    return 2 * float(query @ target) - sum(near_query) / k - sum(near_target) / k


def test_csls_equals_a_loop_over_the_definition(random):
    targets, sources = rows(random, 60), rows(random, 50)
    queries = sources[:8]
    expected = np.array(
        [[looped_csls(x, y, targets, sources, 10) for y in targets] for x in queries]
    )
    order = np.argsort(-expected, axis=1)[:, :5]

    found = csls(queries, targets, sources, top=5)

    np.testing.assert_array_equal(found.index, order)
    np.testing.assert_allclose(found.score, np.take_along_axis(expected, order, 1), atol=1e-6)


@pytest.mark.parametrize("width", [4, 40])
def test_the_search_by_bounds_finds_what_the_full_search_finds(random, monkeypatch, width):
    targets, sources = rows(random, 900, width), rows(random, 1000, width)
    expected = csls(sources[:64], targets, sources, top=5)
    monkeypatch.setattr(csls_module, "UNBOUNDED_SOURCES", 100)

    found = csls(sources[:64], targets, sources, top=5)

    np.testing.assert_array_equal(found.index, expected.index)
    np.testing.assert_allclose(found.score, expected.score, atol=1e-6)


def test_csls_demotes_a_hub():
    own = np.eye(12) + 0.35
    sources, targets = unit(own), unit(np.vstack([np.eye(12), np.ones((1, 12))]))

    assert (nearest(sources, targets, 1).index == 12).all()
    np.testing.assert_array_equal(csls(sources, targets, sources, 1, k=3).index[:, 0], range(12))


def test_similarities_found_by_cells_are_bounds_and_mostly_close(random):
    centres = 2 * random.normal(size=(20, 16))
    queries, keys = (
        unit((centres[random.integers(20, size=n)] + random.normal(size=(n, 16))).astype("f4"))
        for n in (100, 2000)
    )
    exact = mean_similarity(queries, keys, 10)

    bounds = bounded_similarity(queries, keys, 10)

    assert (bounds <= exact + 1e-6).all()
    assert np.median(exact - bounds) < 0.01


def test_cells_with_too_few_keys_bound_nothing(random):
    assert bounded_similarity(rows(random, 3), rows(random, 9), 10).tolist() == [-1, -1, -1]


def test_accelerators_are_told_not_to_round_what_they_multiply():
    shapes = (8, 4), (1, 32, 4), (1, 32)
    rows = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    text = _search.trace(*rows, top=1).lower(lowering_platforms=("cuda",)).as_text()

    products = [line for line in text.splitlines() if "dot_general" in line]
    assert products
    assert all("precision = [HIGHEST, HIGHEST]" in line for line in products)

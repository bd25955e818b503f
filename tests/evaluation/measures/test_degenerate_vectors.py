"""Vectors that tell nothing apart score as chance does; a huge common mean hides nothing."""

import numpy as np
import pytest

from mlm_xling.evaluation.measures.cka import debiased_cka, linear_cka, permuted_cka
from mlm_xling.evaluation.measures.dominance import dominant, variance_shares
from mlm_xling.evaluation.measures.induction import Questions, look_up
from mlm_xling.evaluation.measures.procrustes import aligned, unit
from mlm_xling.evaluation.measures.retrieval import less_mean_of, retrieve
from mlm_xling.evaluation.measures.similarity import (
    neighbour_overlap,
    neuron_correlation,
    svcca,
)

ITEMS, WIDTH, NEAREST = 64, 24, 10
EVERY_WORD = Questions(list(range(ITEMS)), [{row} for row in range(ITEMS)])


def constant(seed, dtype):
    """The same vector for every item; a mean over rows may round."""
    return np.tile(np.random.default_rng(seed).normal(size=WIDTH).astype(dtype), (ITEMS, 1))


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


@pytest.fixture(params=["equal", "different", "one-sided"])
def nothing(request, dtype):
    """Pairs of representations of which one side, or both, tell nothing apart."""
    x = constant(0, dtype)
    return x, {
        "equal": x.copy(),
        "different": constant(1, dtype),
        "one-sided": np.random.default_rng(2).normal(size=x.shape).astype(dtype),
    }[request.param]


@pytest.mark.parametrize("measure", [linear_cka, debiased_cka, svcca, neuron_correlation])
def test_no_similarity_is_found_where_nothing_varies(measure, nothing):
    assert measure(*nothing) == 0
    assert measure(*reversed(nothing)) == 0


def test_permuted_pairs_have_no_similarity_either(nothing):
    assert permuted_cka(*nothing, seed=0) == 0


def test_shared_neighbours_are_those_of_chance(nothing):
    chance = NEAREST / (ITEMS - 1)

    assert neighbour_overlap(*nothing, k=NEAREST) == pytest.approx(chance)
    assert neighbour_overlap(*reversed(nothing), k=NEAREST) == pytest.approx(chance)


@pytest.mark.parametrize("both", [False, True])
def test_a_text_without_a_known_token_is_like_no_other(both):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 128))
    y = 0.45 * x + rng.normal(size=x.shape)
    expected = retrieve(x[1:], y[1:])
    y[0] = 0
    x[0] *= not both

    found = retrieve(x, y)

    assert np.mean(expected) > 0.9, "their cosines are below one half"
    for hits, of_others in zip(found, expected, strict=True):
        assert not hits[0]
        assert (hits[1:] == of_others).all()


def test_no_dimension_dominates_what_does_not_vary(dtype):
    assert not variance_shares(constant(0, dtype)).any()
    assert not dominant(constant(0, dtype)).any()


def test_no_more_translations_are_retrieved_than_by_chance(nothing):
    """One: a side that varies has one item that is nearest to everything."""
    x, y = nothing
    spaces = [(x, y), (less_mean_of(x, x), less_mean_of(y, y)), aligned(x, y, x, y)]

    for space in spaces:
        assert max(hits.sum() for hits in retrieve(*space)) <= 1


def test_no_more_words_are_translated_than_by_chance(nothing):
    x, y = nothing

    for mapped, targets in [(x, y), aligned(x, y, x, y)]:
        assert (look_up(mapped, targets, EVERY_WORD).ranks == 1).sum() <= 1


def test_a_few_items_do_not_agree_on_neighbours_for_want_of_others():
    x, y = np.random.default_rng(0).normal(size=(2, 5, WIDTH))

    assert neighbour_overlap(x, y) < 1


def test_neighbours_as_near_as_the_last_are_expected_shares():
    """Four items at the corners of a square: two neighbours of each are as near."""
    square = np.array([[1.0, 1], [1, -1], [-1, -1], [-1, 1]])

    assert neighbour_overlap(square, square, k=1) == pytest.approx(0.5)


def test_a_word_whose_translation_is_as_near_as_another_word_comes_second():
    words = unit(np.random.default_rng(0).normal(size=(30, WIDTH)))
    doubled = np.vstack([words, words[:3]])

    found = look_up(words, doubled, Questions(list(range(5)), [{row} for row in range(5)])).ranks

    assert found.tolist() == [2, 2, 2, 1, 1]


def test_either_of_two_translations_that_are_as_near_comes_first():
    words = unit(np.random.default_rng(0).normal(size=(30, WIDTH)))
    doubled = np.vstack([words, words[:1]])

    assert look_up(words, doubled, Questions([0], [{0, 30}])).ranks.tolist() == [1]


def csls_in_float64(x, y, k=10):
    cosines = unit(x.astype(np.float64)) @ unit(y.astype(np.float64)).T
    near_x, near_y = (np.sort(cosines, axis=axis) for axis in (1, 0))
    return 2 * cosines - near_x[:, -k:].mean(axis=1)[:, None] - near_y[-k:].mean(axis=0)


@pytest.mark.parametrize("mean", [0, 3_000, 30_000])
def test_a_mean_far_larger_than_the_spread_hides_no_translation_of_words(mean):
    random = np.random.default_rng(0)
    x = random.normal(size=(ITEMS, WIDTH)).astype(np.float32)
    noise = 1.2 * random.normal(size=x.shape).astype(np.float32)
    x[:, 0] += mean
    y = (x + noise).astype(np.float32)

    found = look_up(x, y, EVERY_WORD).ranks

    scores = csls_in_float64(x, y)
    expected = 1 + (scores > np.diag(scores)[:, None]).sum(axis=1)
    np.testing.assert_array_equal(found, np.where(expected > 10, np.inf, expected))
    assert 0.3 < (expected == 1).mean() < 1

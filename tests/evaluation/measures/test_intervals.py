"""Intervals of shares, of independent and of clustered items."""

import numpy as np
import pytest
from scipy.stats import binomtest

from mlm_xling.evaluation.measures.intervals import clustered_interval, wilson_interval


@pytest.mark.parametrize("hits", [0, 1, 30, 99, 100])
def test_interval_equals_scipys_wilson_interval(hits):
    expected = binomtest(hits, 100).proportion_ci(method="wilson")

    interval = wilson_interval(np.arange(100) < hits)

    np.testing.assert_allclose(interval, (expected.low, expected.high), atol=1e-7)


def drawn(seed=0, sentences=80, words=4):
    """Words of one sentence are mostly all found or all missed."""
    random = np.random.default_rng(seed)
    easy = random.random(sentences) < 0.5
    cluster = np.repeat(np.arange(sentences), words)
    return random.random(len(cluster)) < np.where(easy, 0.95, 0.05)[cluster], cluster


def width(interval):
    return interval[1] - interval[0]


def test_saying_every_word_twice_does_not_shrink_the_interval():
    hits, cluster = drawn()

    once = clustered_interval(hits, cluster, 0)
    twice = clustered_interval(np.repeat(hits, 2), np.repeat(cluster, 2), 0)

    assert twice == pytest.approx(once)
    assert width(wilson_interval(np.repeat(hits, 2))) < 0.8 * width(wilson_interval(hits))


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Where Wilson's, for which words are independent, holds it far less often."""
    held = {
        interval: sum(low <= 0.5 <= high for low, high in map(interval, range(200))) / 200
        for interval in (
            lambda seed: clustered_interval(*drawn(seed), seed),
            lambda seed: wilson_interval(drawn(seed)[0]),
        )
    }

    clustered, independent = held.values()
    assert clustered > 0.9
    assert independent < 0.8


def test_the_ends_are_quantiles_of_resampled_sentences():
    hits, cluster = drawn(sentences=30)
    random = np.random.default_rng(1)
    shares = []
    for _ in range(4000):
        chosen = random.integers(30, size=30)
        shares.append(np.mean(np.concatenate([hits[cluster == number] for number in chosen])))

    assert clustered_interval(hits, cluster, 0) == pytest.approx(
        np.quantile(shares, (0.025, 0.975)), abs=0.02
    )


@pytest.mark.parametrize("hit", [True, False])
def test_where_all_words_are_alike_each_sentence_counts_as_one(hit):
    hits, cluster = np.full(100, hit), np.repeat(np.arange(10), 10)

    assert clustered_interval(hits, cluster, 0) == wilson_interval(np.full(10, hit))


def test_clusters_may_be_named_by_words_however_long():
    hits, names = np.arange(6) % 2 == 0, ["a", "a\0", "a", "x" * 10**7, "b", "c"]

    assert clustered_interval(hits, names, 0) == clustered_interval(
        hits, np.array([0, 1, 0, 2, 3, 4]), 0
    )

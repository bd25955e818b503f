"""Metrics as ratios, and their intervals."""

import numpy as np
import pytest
from scipy.stats import binomtest

from mlm_xling.evaluation.measures.ratio import Ratio, bootstrap_interval, mean_value, ratio


def accuracy(share, sentences, seed=0):
    right = np.random.default_rng(seed).random(sentences) < share
    return Ratio(right.astype(float), np.ones(sentences))


def test_a_value_is_a_ratio_of_sums_not_a_mean_of_ratios():
    assert ratio([(1, 1), (0, 9)]).value == 0.1
    assert ratio([(0, 0)]).value == 0


def test_the_interval_of_an_accuracy_is_the_normal_one_where_that_holds():
    one = accuracy(0.7, 2000)

    low, high = bootstrap_interval([one], seed=0)

    half = 1.96 * np.sqrt(one.value * (1 - one.value) / 2000)
    assert low < one.value < high
    assert (high - low) / 2 == pytest.approx(half, rel=0.1)


def test_several_models_are_averaged_on_the_same_sentences():
    one = accuracy(0.7, 500)
    opposite = Ratio(1 - one.numerator, one.denominator)

    assert mean_value([one, opposite]) == 0.5
    assert bootstrap_interval([one, opposite], seed=0) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("right", [0, 1])
def test_where_everything_is_right_or_nothing_each_sentence_that_counts_is_an_item(right):
    """Sentences 0, 4, ... have nothing to count, as those without entities in F1."""
    words = np.arange(500) % 4.0
    one = Ratio(right * words, words)
    expected = binomtest(375 * right, 375).proportion_ci(method="wilson")

    interval = bootstrap_interval([one, one], seed=0)

    assert interval == pytest.approx((expected.low, expected.high), abs=1e-7)


@pytest.mark.parametrize("sentences", [1, 2, 9])
def test_few_sentences_are_few_items_however_many_words_they_have(sentences):
    words = np.full(sentences, 8.0)
    expected = binomtest(sentences, 2 * sentences).proportion_ci(method="wilson")

    low, high = bootstrap_interval([Ratio(words / 2, words)], seed=0)

    assert (low, high) == pytest.approx((1 - high, 1 - low))
    assert high - low > expected.high - expected.low


def test_where_nothing_counts_nothing_is_known():
    assert bootstrap_interval([ratio([(0, 0)] * 10)], seed=0) == (0, 1)


def test_the_same_seed_gives_the_same_interval():
    one = accuracy(0.4, 100)

    assert bootstrap_interval([one], 3) == bootstrap_interval([one], 3)
    assert bootstrap_interval([one], 3) != bootstrap_interval([one], 4)

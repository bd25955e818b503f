"""Which language a sentence is in: told where it is in the space, and not where it is not."""

import numpy as np
import pytest

from mlm_xling.evaluation.measures.intervals import clustered_interval
from mlm_xling.evaluation.probes.language_identity import pair_numbers, told_apart

SENTENCES, WIDTH = 200, 8


@pytest.fixture
def meaning():
    return np.random.default_rng(0).normal(size=(SENTENCES, WIDTH))


def test_languages_apart_by_their_means_are_told(meaning):
    assert told_apart(meaning, meaning + 6).mean() > 0.99


def test_equal_representations_cannot_be_told_apart(meaning):
    noise = np.random.default_rng(1).normal(size=meaning.shape)

    assert 0.35 < told_apart(meaning + 0.1 * noise, meaning).mean() < 0.65


def test_content_does_not_help_as_translations_share_a_fold(meaning):
    """A wide space would be told apart by its neighbours, were translations in different folds."""
    wide = np.random.default_rng(2).normal(size=(60, 300))

    assert told_apart(wide, wide).mean() <= 0.5


def test_an_interval_is_of_pairs_as_their_two_sentences_are_not_independent(meaning):
    hits = told_apart(meaning, meaning + np.random.default_rng(1).normal(size=meaning.shape))
    pairs = hits.reshape(2, -1).mean(axis=0)
    drawn = np.random.default_rng(2).integers(SENTENCES, size=(4_000, SENTENCES))
    expected = np.quantile(pairs[drawn].mean(axis=1), (0.025, 0.975))

    interval = clustered_interval(hits, pair_numbers(meaning), 0)

    assert interval == pytest.approx(expected, abs=0.01)


def test_permuted_labels_are_chance_where_true_ones_are_told(meaning):
    accuracy = told_apart(meaning, meaning + 6, np.random.default_rng(0)).mean()

    assert accuracy == pytest.approx(0.5, abs=0.08)


def test_permuted_labels_are_chance_of_few_sentences_too():
    def accuracy(seed):
        rng = np.random.default_rng(seed)
        return told_apart(rng.normal(size=(4, WIDTH)), rng.normal(size=(4, WIDTH)), rng).mean()

    assert np.mean([accuracy(seed) for seed in range(120)]) == pytest.approx(0.5, abs=0.06)

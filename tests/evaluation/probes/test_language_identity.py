"""Which language a sentence is in: told where it is in the space, and not where it is not."""

import numpy as np
import pytest

from mlm_xling.evaluation.measures.retrieval import centred
from mlm_xling.evaluation.probes.language_identity import told_apart

SENTENCES, WIDTH = 200, 8


@pytest.fixture
def meaning():
    return np.random.default_rng(0).normal(size=(SENTENCES, WIDTH))


def test_languages_apart_by_their_means_are_told_and_centring_hides_them(meaning):
    x, y = meaning, meaning + 6

    assert told_apart(x, y).mean() > 0.99
    hidden = told_apart(centred(x, x), centred(y, y)).mean()
    assert hidden < 0.55


def test_equal_representations_cannot_be_told_apart(meaning):
    noise = np.random.default_rng(1).normal(size=meaning.shape)

    assert 0.35 < told_apart(meaning + 0.1 * noise, meaning).mean() < 0.65


def test_content_does_not_help_as_translations_share_a_fold(meaning):
    """With translations in different folds, a wide space would be told apart by its neighbours."""
    wide = np.random.default_rng(2).normal(size=(60, 300))

    assert told_apart(wide, wide).mean() <= 0.5


def test_permuted_labels_are_chance_where_true_ones_are_told(meaning):
    accuracy = told_apart(meaning, meaning + 6, np.random.default_rng(0)).mean()

    assert accuracy == pytest.approx(0.5, abs=0.08)

"""Masking follows docs/method.md section 3, checked by binomial tests at fixed seeds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from mlm_xling.config import Config
from mlm_xling.model.language_ids import same_ids
from mlm_xling.training.masking import mask_for_evaluation, mask_tokens, target_cap
from mlm_xling.vocabulary import END, MASK, PAD

VOCABULARY = 1_000
IDS = same_ids(VOCABULARY, Config(languages=("en",)))
LANGUAGE = jnp.zeros(4, int)
RATE = 0.15
UNLIKELY = 1e-4
"""A p-value too low for chance: a wrong rate gives 0; at a fixed seed the answer never changes."""


@pytest.fixture(scope="module")
def ids():
    drawn = jax.random.randint(jax.random.key(0), (4, 32, 64), 14, VOCABULARY)
    return drawn.at[:, :, 10].set(END).at[:, 20:, 40:].set(PAD)


@pytest.fixture(scope="module")
def masked(ids):
    return mask_tokens(jax.random.key(1), ids, LANGUAGE, IDS, RATE)


def targets_of(masked, ids):
    """(original id, corrupted id) of every target."""
    real = masked.weights > 0
    corrupted = masked.input_ids.reshape(len(ids), -1)
    seen = jnp.take_along_axis(corrupted, masked.positions, axis=1)
    return np.asarray(masked.targets[real]), np.asarray(seen[real])


def likely(count, n, probability):
    return stats.binomtest(int(count), int(n), probability).pvalue > UNLIKELY


@pytest.mark.parametrize("rate", [RATE, 0.4, 1.0])
def test_tokens_are_selected_at_the_rate_asked_for_and_none_is_dropped(rate, ids):
    masked = mask_tokens(jax.random.key(1), ids, LANGUAGE, IDS, rate)

    assert likely(masked.weights.sum(), (ids != PAD).sum(), rate)
    assert masked.dropped == 0


def test_of_the_selected_80_percent_are_masked_10_random_10_kept(masked, ids):
    original, seen = targets_of(masked, ids)

    assert likely((seen == MASK).sum(), len(seen), 0.8 + 0.1 / VOCABULARY)
    assert likely((seen == original).sum(), len(seen), 0.1 + 0.1 / VOCABULARY)


def test_random_ids_cover_the_whole_vocabulary_evenly():
    ids = jnp.full((8, 128, 128), VOCABULARY - 1)
    _, seen = targets_of(mask_tokens(jax.random.key(2), ids, jnp.zeros(8, int), IDS, RATE), ids)

    random = seen[(seen != MASK) & (seen != VOCABULARY - 1)]

    assert random.min() < 14
    assert random.max() > VOCABULARY - 14
    assert stats.chisquare(np.bincount(random // 100, minlength=10)).pvalue > UNLIKELY


def test_padding_is_never_selected_and_the_end_of_a_sentence_may_be(masked, ids):
    original, _ = targets_of(masked, ids)

    assert PAD not in original
    assert END in original


def test_tokens_that_are_not_selected_stay(masked, ids):
    changed = np.asarray(masked.input_ids != ids).reshape(len(ids), -1)

    for group, of_group in enumerate(changed):
        count = int(masked.weights[group].sum())
        selected = np.asarray(masked.positions[group, :count])
        assert of_group.any()
        assert set(np.flatnonzero(of_group)) <= set(selected.tolist())


def test_targets_are_the_selected_positions_of_their_own_group(masked, ids):
    flat = np.asarray(ids).reshape(len(ids), -1)
    for group in range(len(ids)):
        count = int(masked.weights[group].sum())
        positions = np.asarray(masked.positions[group, :count])
        assert len(set(positions.tolist())) == count
        np.testing.assert_array_equal(masked.targets[group, :count], flat[group, positions])


def test_what_exceeds_the_cap_is_counted(monkeypatch, ids):
    monkeypatch.setattr("mlm_xling.training.masking.target_cap", lambda tokens, rate: 10)

    masked = mask_tokens(jax.random.key(1), ids, LANGUAGE, IDS, RATE)

    monkeypatch.undo()
    selected = mask_tokens(jax.random.key(1), ids, LANGUAGE, IDS, RATE).weights.sum()
    assert masked.weights.sum() == 4 * 10
    assert masked.dropped == selected - 4 * 10


def test_the_cap_leaves_five_standard_deviations():
    tokens = 96 * 256

    assert stats.binom.sf(target_cap(tokens, RATE), tokens, RATE) < 1e-6
    assert target_cap(tokens, RATE) < 0.165 * tokens
    assert target_cap(4, RATE) <= 4


CHUNKS = jnp.arange(4 * 32).reshape(4, 32)


def test_evaluation_masks_every_selected_token(ids):
    masked = mask_for_evaluation(ids, CHUNKS)
    _, seen = targets_of(masked, ids)

    assert set(seen.tolist()) == {MASK}
    assert likely(masked.weights.sum(), (ids != PAD).sum(), 0.15)
    assert masked.dropped == 0


@pytest.mark.parametrize("shape", [(1, 128), (64, 2), (8, 16)])
def test_what_evaluation_masks_of_a_chunk_depends_on_its_number_alone(ids, shape):
    expected = mask_for_evaluation(ids, CHUNKS).input_ids.reshape(128, 64)
    order = np.random.default_rng(0).permutation(128)

    regrouped = ids.reshape(128, 64)[order].reshape(*shape, 64)
    found = mask_for_evaluation(regrouped, CHUNKS.reshape(-1)[order].reshape(shape))

    np.testing.assert_array_equal(found.input_ids.reshape(128, 64), expected[order])
    assert not np.array_equal(expected[0] == MASK, expected[1] == MASK)


def test_other_steps_get_other_masks(ids, masked):
    other = mask_tokens(jax.random.key(7), ids, LANGUAGE, IDS, RATE)

    assert not np.array_equal(other.positions, masked.positions)

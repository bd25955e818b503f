"""The elementwise functions against float64 formulas, and dropout against its statistics."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlm_xling.model.functions import counted_seeds, dropout, gelu, layer_norm

POINTS = np.linspace(-9, 9, 4_001)


def test_gelu_and_its_gradient_are_exact_to_float32():
    x = jnp.asarray(POINTS, jnp.float32)
    exact = np.asarray(x, np.float64)

    slope = stats.norm.cdf(exact) + exact * stats.norm.pdf(exact)

    np.testing.assert_allclose(gelu(x), exact * stats.norm.cdf(exact), atol=2e-6)
    np.testing.assert_allclose(jax.vmap(jax.grad(gelu))(x), slope, atol=2e-6)


@given(st.floats(-100, 100), st.floats(0.01, 100))
def test_layer_norm_does_not_feel_shift_and_scale(shift, scale):
    x = jax.random.normal(jax.random.key(0), (3, 64))
    ones, zeros = jnp.ones(64), jnp.zeros(64)

    moved = layer_norm(x * scale + shift, ones, zeros, 1e-12)

    np.testing.assert_allclose(
        moved, layer_norm(x, ones, zeros, 1e-12), atol=2e-6 * (10 + abs(shift) / scale)
    )


@pytest.mark.parametrize("rate", [0.1, 0.33, 0.5])
def test_dropout_keeps_the_rate_and_the_mean(rate):
    dropped = np.asarray(dropout(jnp.ones((1_000, 1_000)), rate, jax.random.key(0)))

    assert set(np.unique(dropped)) == {np.float32(0), np.float32(1 / (1 - rate))}
    assert stats.binomtest(int((dropped == 0).sum()), dropped.size, rate).pvalue > 1e-4
    for axis in (0, 1):
        deviation = (dropped == 0).mean(axis) - rate
        assert np.abs(deviation).max() < 6 * math.sqrt(rate * (1 - rate) / 1_000)


def test_what_dropout_keeps_is_independent_between_neighbours_and_keys():
    masks = [
        np.asarray(dropout(jnp.ones((512, 512)), 0.5, jax.random.key(i)) > 0).astype(float).ravel()
        for i in range(6)
    ]
    limit = 5 / math.sqrt(masks[0].size)

    correlations = np.corrcoef(masks)[np.triu_indices(6, 1)]
    lagged = [np.corrcoef(masks[0][:-lag], masks[0][lag:])[0, 1] for lag in (1, 2, 64, 512)]

    assert np.abs([*correlations, *lagged]).max() < limit


@pytest.mark.parametrize(
    ("rows", "entries"),
    [
        (6_144 * 12, 256**2),
        (1_100 * 16, 512**2),
        (10, 2**31),
        (5, 3 * 2**30),
        (256 * 96, 256 * 1024),
    ],
)
def test_no_entry_of_a_pods_arrays_counts_as_another(rows, entries):
    """Of a second word, what each array counts from its first word on."""
    found = np.asarray(counted_seeds(jax.random.key(3), rows, entries), np.uint64)

    first, second = found.T
    from_first = (first - first[0]) % np.uint64(2**32)
    numbers = (second - second[0]) * np.uint64(2**32) + from_first
    assert (np.diff(numbers) >= entries).all()
    assert (from_first + np.uint64(entries) <= 2**32).all()


def test_dropout_counts_through_all_rows():
    x, key = jnp.ones((6, 5, 4)), jax.random.key(7)

    whole = dropout(x, 0.5, key)

    np.testing.assert_array_equal(whole, dropout(x.reshape(1, 6, 5, 4), 0.5, key)[0])
    np.testing.assert_array_equal(whole, dropout(x.reshape(30, 4), 0.5, key).reshape(6, 5, 4))


def test_the_gradient_of_dropout_drops_the_same_entries():
    x, key = jnp.ones((64, 64)), jax.random.key(3)

    gradient = jax.grad(lambda x: dropout(x, 0.3, key).sum())(x)

    np.testing.assert_array_equal(gradient, dropout(x, 0.3, key))

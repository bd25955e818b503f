"""The kernel of attention equals the plain program, dropped weights and gradients included."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mlm_xling.model.attention import attention_seeds, plain_attention
from mlm_xling.model.attention_kernel import fused_attention
from mlm_xling.model.functions import dropout


def made_up(dtype, length, heads, head_dim):
    """Three streams: one all padding, one of half the length, one full."""
    one, two = jax.random.split(jax.random.key(0))
    projected = jax.random.normal(one, (3, length, 3, heads, head_dim)).astype(dtype)
    mask = jnp.arange(length) < jnp.array([0, length // 2, length])[:, None]
    upper = jax.random.normal(two, (3, length, heads, head_dim)).astype(dtype)
    return projected, mask, attention_seeds(jax.random.key(1), projected), upper


def with_gradient(function, projected, upper):
    @jax.jit
    def both(projected):
        mixed, pullback = jax.vjp(function, projected)
        return mixed, *pullback(upper)

    return [np.asarray(x, np.float32) for x in both(projected)]


@pytest.mark.parametrize("rate", [0.0, 0.1])
@pytest.mark.parametrize("shape", [(128, 2, 64), (37, 2, 64), (9, 3, 8)])
@pytest.mark.parametrize(("dtype", "atol"), [("float32", 1e-5), ("bfloat16", 0.02)])
def test_the_kernel_computes_the_plain_program_and_its_gradient(shape, rate, dtype, atol):
    projected, mask, seeds, upper = made_up(dtype, *shape)

    plain = with_gradient(lambda x: plain_attention(x, mask, seeds, rate), projected, upper)
    fused = with_gradient(
        lambda x: fused_attention(x, mask, seeds, rate, interpret=True), projected, upper
    )

    for ours, wanted in zip(fused, plain, strict=True):
        np.testing.assert_allclose(ours, wanted, atol=atol)


def test_weights_are_those_of_the_definition():
    """Weights by hand, in float64; what is dropped is what dropout drops of all scores."""
    projected, mask, seeds, _ = made_up("float32", 7, 2, 4)
    kept = np.asarray(dropout(jnp.ones((3, 2, 7, 7)), 0.3, jax.random.key(1)), np.float64)

    mixed = fused_attention(projected, mask, seeds, 0.3, interpret=True)

    query, key, value = np.asarray(projected, np.float64)[2].transpose(1, 2, 0, 3)
    weights = np.exp(query @ key.transpose(0, 2, 1) / 2)
    weights *= kept[2] / weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(mixed[2], (weights @ value).transpose(1, 0, 2), atol=1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_the_plain_program_has_the_gradient_that_jax_derives_of_the_definition(rate):
    projected, mask, seeds, upper = made_up("float32", 7, 2, 4)
    kept = dropout(jnp.ones((3, 2, 7, 7)), rate, jax.random.key(1))

    def definition(projected):
        query, key, value = projected.transpose(2, 0, 3, 1, 4)
        scores = jnp.where(mask[:, None, None], query @ key.swapaxes(2, 3) / 2, -1e9)
        return ((kept * jax.nn.softmax(scores)) @ value).swapaxes(1, 2)

    plain = with_gradient(lambda x: plain_attention(x, mask, seeds, rate), projected, upper)

    for ours, wanted in zip(plain, with_gradient(definition, projected, upper), strict=True):
        np.testing.assert_allclose(ours, wanted, atol=1e-5)

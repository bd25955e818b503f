"""Adam, the schedules, and Adam by language, against their formulas."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from mlm_xling.config import OptimizerConfig
from mlm_xling.model.owners import freeze_private
from mlm_xling.training.optimizer import make_optimizer, make_schedule, per_owner


def test_inverse_square_root_schedule_is_the_papers():
    schedule = make_schedule(OptimizerConfig(), steps=400_000)

    for update in (1, 100, 29_999, 30_000, 30_001, 120_000, 417_000):
        rising = 1e-7 + update * (1e-4 - 1e-7) / 30_000
        expected = rising if update <= 30_000 else 1e-4 * (30_000 / update) ** 0.5
        assert float(schedule(update - 1)) == pytest.approx(expected, rel=1e-5)


def test_cosine_schedule_ends_at_zero():
    config = OptimizerConfig(learning_rate=1.0, schedule="cosine", warmup_steps=10)
    schedule = make_schedule(config, steps=110)

    assert float(schedule(9)) == pytest.approx(1.0, rel=1e-6)
    assert float(schedule(59)) == pytest.approx(0.5, abs=1e-6)
    assert float(schedule(109)) == pytest.approx(0.0, abs=1e-6)


def test_an_update_is_clipped_adam_with_decoupled_weight_decay():
    config = OptimizerConfig(learning_rate=0.1, warmup_steps=1)
    params: Any = {"w": jnp.array([1.0, -2.0, 3.0])}
    gradients = [np.array([30.0, 40.0, 0.0]), np.array([0.1, -0.2, 0.3])]
    optimizer = make_optimizer(config, 100, params)
    state = optimizer.init(params)
    mean = square = np.zeros(3)
    expected = np.array([1.0, -2.0, 3.0])

    for update, gradient in enumerate(gradients, start=1):
        updates, state = optimizer.update(
            {"w": jnp.asarray(gradient, jnp.float32)}, state, params, present=jnp.array([True])
        )
        params = optax.apply_updates(params, updates)
        clipped = gradient * min(1, 5 / np.linalg.norm(gradient))
        mean = 0.9 * mean + 0.1 * clipped
        square = 0.999 * square + 0.001 * clipped**2
        corrected = mean / (1 - 0.9**update)
        step = corrected / (np.sqrt(square / (1 - 0.999**update)) + 1e-6) + 0.01 * expected
        expected = expected - 0.1 * (1 / update) ** 0.5 * step
        np.testing.assert_allclose(params["w"], expected, rtol=1e-5)


def test_frozen_private_parts_stay_while_everything_else_trains():
    params: Any = {
        "encoder": {"layer_1": {"private": jnp.ones(2)}, "layer_2": {"shared": jnp.ones(2)}},
        "head": jnp.ones(2),
    }
    optimizer = freeze_private(optax.adamw(0.1))
    gradient = jax.tree.map(jnp.ones_like, params)

    updates, _ = optimizer.update(gradient, optimizer.init(params), params)

    moved = jax.tree.map(lambda update: bool(update.any()), updates)
    assert moved == {
        "encoder": {"layer_1": {"private": False}, "layer_2": {"shared": True}},
        "head": True,
    }


def test_each_language_has_an_adam_of_its_own():
    """Interleaved in any way, a language's parameters move as if it had been alone."""
    adam = optax.adam(0.1)
    gradients = jax.random.normal(jax.random.key(0), (6, 2, 3))
    present = [(0,), (0, 1), (1,), (0,), (0, 1), (0,)]
    together = per_owner(adam)
    params: Any = jnp.ones((2, 3))
    state = together.init(params)

    for gradient, languages in zip(gradients, present, strict=True):
        here = jnp.isin(jnp.arange(2), jnp.array(languages))
        updates, state = together.update(gradient * here[:, None], state, params, present=here)
        params = optax.apply_updates(params, updates)

    for language in (0, 1):
        alone: Any = jnp.ones(3)
        alone_state = adam.init(alone)
        for gradient, languages in zip(gradients, present, strict=True):
            if language in languages:
                updates, alone_state = adam.update(gradient[language], alone_state, alone)
                alone = optax.apply_updates(alone, updates)
        np.testing.assert_allclose(params[language], alone, rtol=1e-6)


def test_what_is_not_trained_stays_has_no_moments_and_does_not_count_in_clipping():
    params: Any = {"embeddings": {"w": jnp.ones(3)}, "layer_1": {"w": jnp.ones(2)}}
    config = OptimizerConfig(learning_rate=0.1, warmup_steps=1, clip_norm=1.0)
    gradient: Any = {"embeddings": {"w": jnp.full(3, 0.1)}, "layer_1": {"w": jnp.full(2, 1e6)}}
    some = make_optimizer(config, 100, params, trainable=("embeddings",))
    alone = make_optimizer(config, 100, {"embeddings": params["embeddings"]})

    state = some.init(params)
    updates: Any = some.update(gradient, state, params, present=jnp.array([True]))[0]
    of_embeddings = {"embeddings": params["embeddings"]}
    wanted: Any = alone.update(
        {"embeddings": gradient["embeddings"]}, alone.init(of_embeddings), of_embeddings,
        present=jnp.array([True]),
    )[0]  # fmt: skip

    np.testing.assert_array_equal(updates["layer_1"]["w"], 0)
    np.testing.assert_array_equal(updates["embeddings"]["w"], wanted["embeddings"]["w"])
    assert not [leaf for leaf in jax.tree.leaves(state) if leaf.shape == (2,)]


@pytest.mark.parametrize("trainable", [("embeddings",), ("layer_1",), ("embeddings", "layer_1")])
def test_parts_can_be_trained_beside_shared_and_private_ones_that_are_not(trainable):
    params: Any = {"embeddings": {"shared": jnp.ones(3)}, "layer_1": {"private": jnp.ones((2, 3))}}
    optimizer = make_optimizer(OptimizerConfig(warmup_steps=1), 100, params, trainable)
    gradient = jax.tree.map(jnp.ones_like, params)

    updates: Any = optimizer.update(
        gradient, optimizer.init(params), params, present=jnp.array([True, False])
    )[0]

    moved = {name: bool(jax.tree.leaves(update)[0].any()) for name, update in updates.items()}
    assert moved == {name: name in trainable for name in params}

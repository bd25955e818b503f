"""A masked-LM step as one would write it first in JAX: the peer of ours at small sizes.

Products on arrays of three axes, JAX's own GELU and its gradient, Threefry masking, the softmax at
every position, `optax.adamw`. Same model and same update as ours otherwise, without dropout.
"""

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax

from mlm_xling.config import ModelConfig, TrainingConfig
from mlm_xling.vocabulary import MASK


def plain_step(model: ModelConfig, vocabulary: int, ids: np.ndarray) -> Callable[[], None]:
    """One call is one update on `ids` `[batch, length]`."""
    optimizer = optax.chain(
        optax.clip_by_global_norm(5.0), optax.adamw(1e-4, eps=1e-6, weight_decay=0.01)
    )
    params = _init(model, vocabulary, ids.shape[1])
    state = optimizer.init(params)
    batch = jnp.asarray(ids)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def update(params, state, key):
        loss, gradients = jax.value_and_grad(_loss)(params, batch, key, model.heads)
        updates, state = optimizer.update(gradients, state, params)
        return optax.apply_updates(params, updates), state, loss

    key = jax.random.key(0)

    def step() -> None:
        nonlocal params, state, key
        key, now = jax.random.split(key)
        params, state, loss = update(params, state, now)
        jax.block_until_ready(loss)

    return step


def _init(model: ModelConfig, vocabulary: int, length: int) -> dict:
    rng = np.random.default_rng(0)

    def normal(*shape):
        return jnp.asarray(rng.normal(0, shape[0] ** -0.5, shape), jnp.float32)

    def linear(inputs, outputs):
        return {"kernel": normal(inputs, outputs), "bias": jnp.zeros(outputs)}

    def norm():
        return {"scale": jnp.ones(model.width), "bias": jnp.zeros(model.width)}

    def layer():
        return {
            "qkv": linear(model.width, 3 * model.width),
            "output": linear(model.width, model.width),
            "attention_norm": norm(),
            "inner": linear(model.width, model.mlp),
            "outer": linear(model.mlp, model.width),
            "norm": norm(),
        }

    return {
        "token": normal(vocabulary, model.width),
        "position": normal(length, model.width),
        "norm": norm(),
        "layers": [layer() for _ in range(model.layers)],
        "bias": jnp.zeros(vocabulary),
    }


def _loss(params: dict, ids: jax.Array, key: jax.Array, heads: int) -> jax.Array:
    select_key, action_key, random_key = jax.random.split(key, 3)
    selected = jax.random.uniform(select_key, ids.shape) < TrainingConfig.masking_rate
    action = jax.random.uniform(action_key, ids.shape)
    random_ids = jax.random.randint(random_key, ids.shape, 0, len(params["token"]))
    replaced = jnp.where(action < 0.8, MASK, jnp.where(action < 0.9, random_ids, ids))
    hidden = _encode(params, jnp.where(selected, replaced, ids), heads)
    logits = hidden @ params["token"].T + params["bias"]
    losses = optax.softmax_cross_entropy_with_integer_labels(logits, ids)
    return jnp.where(selected, losses, 0).sum() / selected.sum()


def _encode(params: dict, ids: jax.Array, heads: int) -> jax.Array:
    hidden = _norm(params["norm"], params["token"][ids] + params["position"])
    for layer in params["layers"]:
        qkv = _linear(layer["qkv"], hidden).reshape(*ids.shape, 3, heads, -1)
        query, keys, values = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        scores = jnp.einsum("bqhd,bkhd->bhqk", query, keys) / math.sqrt(query.shape[-1])
        mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), values)
        attended = _linear(layer["output"], mixed.reshape(hidden.shape))
        hidden = _norm(layer["attention_norm"], hidden + attended)
        inner = jax.nn.gelu(_linear(layer["inner"], hidden), approximate=False)
        hidden = _norm(layer["norm"], hidden + _linear(layer["outer"], inner))
    return hidden


def _linear(params: dict, x: jax.Array) -> jax.Array:
    return x @ params["kernel"] + params["bias"]


def _norm(params: dict, x: jax.Array) -> jax.Array:
    centred = x - x.mean(-1, keepdims=True)
    deviation = jnp.sqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-12)
    return centred / deviation * params["scale"] + params["bias"]

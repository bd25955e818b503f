"""One set of weights and inputs, made from integers so that every library gets the same."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from mlm_xling.config import Config, ModelConfig
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids

MODEL = ModelConfig(layers=2, heads=2, width=8, mlp=32, max_positions=8)
VOCABULARY = 20


def encoder() -> Encoder:
    """An encoder whose weights are drawn by NumPy's stable legacy generator."""
    config = Config(languages=("en",), model=MODEL)
    graph, state = nnx.split(random_encoder(config, same_ids(VOCABULARY, config), seed=0))
    random = np.random.RandomState(0)
    drawn = {
        path: random.uniform(-0.5, 0.5, variable.shape).astype(np.float32)
        for path, variable in sorted(nnx.to_flat_state(state), key=lambda item: str(item[0]))
    }
    return nnx.merge(graph, jax.tree.map(jnp.asarray, _nested(drawn)))


def inputs() -> tuple[np.ndarray, np.ndarray]:
    """(ids, padding mask), both [batch length]."""
    ids = np.random.RandomState(1).randint(3, VOCABULARY, (3, 8)).astype(np.int32)
    mask = np.arange(8) < np.array([8, 5, 2])[:, None]
    return np.where(mask, ids, 2).astype(np.int32), mask


def _nested(flat: dict) -> dict:
    nested: dict = {}
    for path, value in flat.items():
        inner = nested
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
        inner[path[-1]] = value
    return nested

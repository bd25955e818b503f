"""Parts that forget what they learnt before fine-tuning."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config, ModelConfig
from mlm_xling.config.checks import resolve
from mlm_xling.errors import InputError
from mlm_xling.evaluation.finetuning.reinitialise import reinitialised
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids

CONFIG = Config(
    model=ModelConfig(layers=3, heads=1, width=4, mlp=8, max_positions=8, private=("layer_1",))
)
CONFIG.data.text_dir, CONFIG.training.length = "text", 8
IDS = same_ids(20, CONFIG)


@pytest.fixture(scope="module")
def trained() -> Encoder:
    """Every number moved by one."""
    encoder = random_encoder(CONFIG, IDS, seed=0)
    nnx.update(encoder, jax.tree.map(lambda leaf: leaf + 1, nnx.state(encoder)))
    return encoder


@pytest.mark.parametrize("parts", [("layer_3",), ("embeddings", "layer_2")])
def test_the_named_parts_and_no_others_are_as_before_training(trained, parts) -> None:
    before = nnx.to_pure_dict(nnx.state(random_encoder(CONFIG, IDS, seed=0)))
    after = nnx.to_pure_dict(nnx.state(trained))

    changed = nnx.to_pure_dict(nnx.state(reinitialised(trained, CONFIG, parts)))

    for name, values in changed.items():
        wanted = before[name] if name in parts else after[name]
        jax.tree.map(np.testing.assert_array_equal, values, wanted)


def test_the_encoder_itself_keeps_what_it_learnt(trained) -> None:
    before = nnx.to_pure_dict(nnx.state(trained))

    reinitialised(trained, CONFIG, ("layer_3",))

    jax.tree.map(np.testing.assert_array_equal, nnx.to_pure_dict(nnx.state(trained)), before)


def test_it_encodes(trained) -> None:
    ids = jnp.full((1, 1, 3), 15)

    made = reinitialised(trained, CONFIG, ("layer_2",))

    assert isinstance(made, Encoder)
    assert made(ids, ids > 0, jnp.array([1]))[-1].shape == (1, 1, 3, 4)


@pytest.mark.parametrize(
    ("name", "message"),
    [("layer_4", "no such part; this model has embeddings"), ("layer_1", "it is private")],
)
def test_parts_that_cannot_be_reinitialised_are_refused(name: str, message: str) -> None:
    config = Config(model=CONFIG.model, data=CONFIG.data, training=CONFIG.training)
    config.evaluation.finetuning.reinitialise = (name,)

    with pytest.raises(InputError, match=f"reinitialise={name}: {message}"):
        resolve(config)

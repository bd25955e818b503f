"""Positions and special tokens can be private where the other embeddings are shared."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import SPECIALS, Config, ModelConfig
from mlm_xling.config.checks import resolve
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.xlm import xlm_tensors
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.model.owners import describe_private

SMALL: dict[str, Any] = {"layers": 1, "heads": 2, "width": 8, "mlp": 16, "max_positions": 12}
SIZE, LENGTH = 30, 10


def encoder_of(*private: str) -> Encoder:
    config = Config(model=ModelConfig(**SMALL, private=private))
    return random_encoder(config, same_ids(SIZE, config), seed=0)


def of_one_language(whole: Encoder, language: int) -> Encoder:
    """An encoder that shares everything, with what a language has in its place."""
    plain = encoder_of()
    state = nnx.to_pure_dict(nnx.state(plain))
    given = nnx.to_pure_dict(nnx.state(whole))
    state["layer_1"] = given["layer_1"]
    own, ours = state["embeddings"]["shared"], given["embeddings"]["shared"]
    own |= ours
    if "positions" in given:
        own["position"] = given["positions"]["private"]["position"][language]
    if "specials" in given:
        special = given["specials"]["private"]
        own["token"] = own["token"].at[:SPECIALS].set(special["token"][language])
        own["output_bias"] = own["output_bias"].at[:SPECIALS].set(special["output_bias"][language])
    nnx.update(plain, state)
    return plain


def perturbed(encoder: Encoder) -> Encoder:
    """Biases are zero at the start, and would hide whose they are."""
    state = nnx.to_pure_dict(nnx.state(encoder))
    leaves, tree = jax.tree.flatten(state)
    keys = jax.random.split(jax.random.key(3), len(leaves))
    moved = [
        leaf + 0.1 * jax.random.normal(key, leaf.shape)
        for leaf, key in zip(leaves, keys, strict=True)
    ]
    nnx.update(encoder, jax.tree.unflatten(tree, moved))
    return encoder


@pytest.mark.parametrize("private", [("positions",), ("specials",), ("specials", "positions")])
def test_each_language_has_the_encoder_with_its_own_rows(private: tuple[str, ...]) -> None:
    encoder = perturbed(encoder_of(*private))
    ids = jax.random.randint(jax.random.key(1), (2, 3, LENGTH), 0, SIZE)
    real = jnp.arange(LENGTH) < jnp.array([[10, 4, 7], [10, 2, 9]])[..., None]
    languages = jnp.array([1, 0])

    hidden = encoder(ids, real, languages)[-1]
    scores = encoder.logits(hidden[:, 0], languages)

    for group, language in enumerate(languages.tolist()):
        plain = of_one_language(encoder, language)
        one = slice(group, group + 1)
        wanted = plain(ids[one], real[one], jnp.array([language]))[-1]
        np.testing.assert_allclose(hidden[one], wanted, atol=1e-5)
        expected = plain.logits(wanted[:, 0], jnp.array([language]))
        np.testing.assert_allclose(scores[one], expected, atol=1e-5)


def test_an_export_has_the_rows_of_its_language() -> None:
    config = Config(model=ModelConfig(**SMALL, private=("positions", "specials")))
    config.training.length = LENGTH
    encoder = perturbed(encoder_of("positions", "specials"))

    for language, name in enumerate(config.languages):
        plain = of_one_language(encoder, language)
        made, wanted = (xlm_tensors(each, config, [name]) for each in (encoder, plain))
        for tensor in wanted:
            np.testing.assert_array_equal(made[tensor], wanted[tensor], err_msg=tensor)


def test_private_parts_are_said_in_words() -> None:
    model = ModelConfig(layers=4, private=("layer_1", "layer_2", "specials", "positions"))
    assert describe_private(model) == "private: positions, specials, layers 1-2 of 4"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"private": ("embeddings", "positions")}, "private=positions: private embeddings have"),
        ({"private": ("positions",), "positions": "sinusoidal"}, "nothing about them is learnt"),
        ({"private": ("token",)}, "no such part; .* in the embeddings positions and specials"),
    ],
)
def test_parts_that_cannot_be_are_refused(model: dict, message: str) -> None:
    config = Config(model=ModelConfig(**SMALL | model))
    config.data.text_dir, config.training.length = "text", LENGTH

    with pytest.raises(InputError, match=message):
        resolve(config)


@pytest.mark.parametrize("private", [(), ("specials", "positions"), ("embeddings", "layer_1")])
def test_an_encoder_of_groups_gives_them_what_the_encoder_does(private: tuple[str, ...]) -> None:
    encoder = perturbed(encoder_of(*private))
    ids = jax.random.randint(jax.random.key(1), (3, 2, LENGTH), 0, SIZE)
    language, mask = jnp.array([1, 0, 1]), jnp.ones(ids.shape, bool)

    @partial(nnx.jit, static_argnums=1)
    def scores(encoder: Encoder, of_groups: bool) -> jax.Array:
        used = encoder.of_groups(language) if of_groups else encoder
        hidden = used(ids, mask, language)[-1].reshape(3, 2 * LENGTH, -1)
        return used.logits(hidden, language)

    np.testing.assert_array_equal(scores(encoder, True), scores(encoder, False))

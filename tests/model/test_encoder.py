"""The encoder computes docs/method.md section 2, and what XLM computes."""

import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config, ModelConfig
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.model.layers import sinusoids
from mlm_xling.vocabulary import PAD
from tests.model import golden, reference

VOCABULARY, LENGTH = 40, 12
SMALL = ModelConfig(layers=3, heads=4, width=32, mlp=64, max_positions=16)
IDS = same_ids(VOCABULARY, Config())
run = nnx.jit(lambda encoder, *inputs: encoder(*inputs))
logits = nnx.jit(lambda encoder, *inputs: encoder.logits(*inputs))


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return random_encoder(Config(model=SMALL), IDS, seed=0)


@pytest.fixture(scope="module")
def streams():
    ids = jax.random.randint(jax.random.key(1), (2, 3, LENGTH), 14, VOCABULARY)
    lengths = jnp.array([[12, 7, 1], [12, 5, 3]])
    mask = jnp.arange(LENGTH) < lengths[..., None]
    return jnp.where(mask, ids, PAD), mask, jnp.array([0, 1])


def as_float64(encoder):
    return jax.tree.map(
        lambda leaf: np.asarray(leaf, np.float64), nnx.to_pure_dict(nnx.state(encoder))
    )


def test_hidden_states_and_logits_equal_a_float64_transcription(encoder, streams):
    ids, mask, language = streams
    parameters = as_float64(encoder)

    states = run(encoder, ids, mask, language)
    scores = logits(encoder, states[-1].reshape(2, -1, 32), language).reshape(2, 3, LENGTH, -1)

    for group, row in np.ndindex(2, 3):
        expected = reference.hidden_states(
            parameters, ids[group, row], np.asarray(mask[group, row]), 3
        )
        for state, wanted in zip(states, expected, strict=True):
            assert np.abs(state[group, row] - wanted).max() < 1e-5
        wanted = reference.logits(parameters, expected[-1])
        assert np.abs(scores[group, row] - wanted).max() < 1e-5


def test_logits_equal_those_of_hugging_face_xlm():
    """The golden file is made by `python -m tests.model.make_golden`, which needs torch."""
    stored = json.loads(Path(__file__).with_name("golden.json").read_text())
    encoder = golden.encoder()
    ids, mask = map(jnp.asarray, golden.inputs())

    hidden = run(encoder, ids[None], mask[None], jnp.array([0]))[-1]
    scores = logits(encoder, hidden.reshape(1, -1, golden.MODEL.width), jnp.array([0]))

    wanted = np.array(stored["logits"], np.float32)
    ours = np.asarray(scores).reshape(*ids.shape, -1)
    assert np.abs(ours - wanted)[np.asarray(mask)].max() < 1e-5


def test_padding_changes_nothing_for_the_tokens_before_it(encoder, streams):
    ids, mask, language = streams
    padded = run(encoder, ids, mask, language)[-1][0, 1, :7]
    alone = run(encoder, ids[:1, 1:2, :7], mask[:1, 1:2, :7], language[:1])[-1][0, 0]

    np.testing.assert_allclose(padded, alone, atol=1e-5)


def test_a_stream_of_padding_alone_stays_finite(encoder):
    nothing = jnp.full((1, 1, LENGTH), PAD)

    states = run(encoder, nothing, nothing != PAD, jnp.array([0]))

    assert all(np.isfinite(state).all() for state in states)


def test_initial_parameters_have_the_papers_distributions():
    shape = ModelConfig(layers=1, heads=4, width=256, mlp=1024)
    parameters = as_float64(random_encoder(Config(model=shape), same_ids(2_000, Config()), seed=0))
    embeddings, layer = parameters["embeddings"]["shared"], parameters["layer_1"]["shared"]

    assert not embeddings["token"][PAD].any()
    assert embeddings["token"].std() == pytest.approx(256**-0.5, rel=0.01)
    for linear, fan_in in (
        (layer["attention"], 256),
        (layer["attention"]["output"], 256),
        (layer["feed_forward"]["inner"], 256),
        (layer["feed_forward"]["outer"], 1024),
    ):
        for name in ("kernel", "bias"):
            bound = 1 / math.sqrt(fan_in)
            assert np.abs(linear[name]).max() <= bound
            assert linear[name].std() == pytest.approx(bound / math.sqrt(3), rel=0.15)


def test_a_paper_sized_layer_has_the_published_number_of_parameters():
    state = nnx.eval_shape(lambda: random_encoder(Config(), same_ids(100, Config()), seed=0))
    layer = nnx.to_pure_dict(nnx.state(state))["layer_1"]

    assert sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(layer)) == 7_087_872


def test_dropout_needs_a_key_and_changes_with_it(encoder, streams):
    first, second = (run(encoder, *streams, jax.random.key(i))[-1] for i in (0, 1))

    still, again = (run(encoder, *streams)[-1] for _ in range(2))

    np.testing.assert_array_equal(still, again)
    assert not np.allclose(first, second)
    assert not np.allclose(first, still)


def test_language_embeddings_tell_languages_apart(streams):
    ids, mask, _ = streams
    shape = ModelConfig(**{**vars(SMALL), "language_embeddings": True})
    encoder = random_encoder(Config(model=shape), IDS, seed=0)

    one, other = (run(encoder, ids, mask, jnp.array([i, i]))[0] for i in (0, 1))

    assert not np.allclose(one, other)


def test_sinusoids_alternate_sine_and_cosine():
    position, dimension, width = 5, 6, 8
    rate = 10_000 ** (-2 * (dimension // 2) / width)

    table = sinusoids(16, width)

    assert table[position, dimension] == pytest.approx(math.sin(position * rate), abs=1e-5)
    assert table[position, dimension + 1] == pytest.approx(math.cos(position * rate), abs=1e-5)


def test_bfloat16_activations_stay_near_float32(encoder, streams):
    shape = ModelConfig(**{**vars(SMALL), "dtype": "bfloat16"})
    narrow = random_encoder(Config(model=shape), IDS, seed=0)

    states = run(narrow, *streams)

    assert states[-1].dtype == jnp.bfloat16
    np.testing.assert_allclose(states[-1].astype(np.float32), run(encoder, *streams)[-1], atol=0.1)

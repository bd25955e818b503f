"""Mean-pooled representations against one unpadded sentence at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import Config, ModelConfig
from mlm_xling.evaluation.representations import batching
from mlm_xling.evaluation.representations.batching import bucket_of
from mlm_xling.evaluation.representations.sentences import represent
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.model.outside import OutsideEncoder
from mlm_xling.vocabulary import END, SPECIALS, UNKNOWN, XLM_SPECIAL
from tests.traced_encoder import traced

WIDTH, LENGTH = 16, 48


@pytest.fixture(scope="module")
def encoder():
    model = ModelConfig(layers=1, heads=2, width=WIDTH, mlp=24, language_embeddings=True)
    config = Config(model=model)
    return random_encoder(config, same_ids(60, config), seed=0)


def sentences(lengths, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(SPECIALS, 60, size=length).tolist() for length in lengths]


encode = nnx.jit(lambda encoder, *inputs: encoder(*inputs))


def one_by_one(encoder, ids, language):
    input_ids = jnp.array([[[END, *ids, END]]])
    states = encode(encoder, input_ids, jnp.ones_like(input_ids, bool), jnp.array([language]))
    return np.stack([np.asarray(state)[0, 0, 1:-1].mean(axis=0) for state in states])


def test_each_sentence_gets_the_mean_of_its_own_tokens_in_order(encoder):
    texts = sentences([46, 1, 20])
    expected = np.stack([one_by_one(encoder, ids, language=1) for ids in texts], axis=1)

    layers = represent(encoder, texts, 1, LENGTH, XLM_SPECIAL)

    assert layers.shape == (2, len(texts), WIDTH)
    np.testing.assert_allclose(layers, expected, atol=1e-5)


def test_batching_does_not_matter(encoder, monkeypatch):
    texts = sentences(range(1, 40))
    together = represent(encoder, texts, 0, LENGTH, XLM_SPECIAL)
    monkeypatch.setattr(batching, "TOKENS_PER_BATCH_ON_CPU", 64)
    monkeypatch.setattr(batching, "SHORTEST_BUCKET", 48)

    alone = represent(encoder, texts, 0, LENGTH, XLM_SPECIAL)

    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_there_is_one_compilation_a_bucket(encoder):
    texts = sentences([*range(1, 47), *range(1, 47)] * 6)
    buckets = {bucket_of(len(ids) + 2, LENGTH) for ids in texts}
    observed, traces = traced(encoder)

    represent(observed, texts, 0, LENGTH, XLM_SPECIAL)
    represent(nnx.clone(observed), texts[:5], 1, LENGTH, XLM_SPECIAL)

    assert buckets == {16, 32, 48}
    assert sorted(length for (*_, length), _ in traces) == sorted(buckets)


def test_a_long_sentence_is_the_mean_over_the_tokens_of_its_windows(encoder):
    long = sentences([100])[0]
    windows = [long[:33], long[33:66], long[66:]]
    expected = sum(len(ids) * one_by_one(encoder, ids, language=0) for ids in windows) / 100

    layers = represent(encoder, [[20], long], 0, LENGTH, XLM_SPECIAL)

    np.testing.assert_allclose(layers[:, 1], expected, atol=1e-5)


LONGEST = 300


class Shown(nnx.Module):
    """States are the token, and how many its window has."""

    def __call__(self, input_ids, padding_mask, language):
        tokens = input_ids >= SPECIALS
        size = jnp.broadcast_to(tokens.sum(-1, keepdims=True), input_ids.shape)
        return (jnp.append(jax.nn.one_hot(input_ids - SPECIALS, LONGEST), size[..., None], -1),)


@given(st.integers(1, LONGEST), st.sampled_from([1, 2, 7, 14, 30, 50]))
def test_windows_hold_every_token_once_and_differ_by_one_in_size(tokens, size):
    windows = -(-tokens // size)
    sizes = [tokens // windows + (number < tokens % windows) for number in range(windows)]

    ids = [SPECIALS + i for i in range(tokens)]
    mean = represent(Shown(), [ids], 0, size + 2, XLM_SPECIAL)[0, 0]

    counts, of_own_window = mean[:tokens] * tokens, mean[-1]
    np.testing.assert_allclose(counts, np.ones(tokens), rtol=1e-5)
    assert max(sizes) <= size
    assert of_own_window == pytest.approx(np.square(sizes).sum() / tokens, rel=1e-5)


@pytest.mark.parametrize("ids", [[], [UNKNOWN, UNKNOWN]])
def test_a_sentence_without_ordinary_tokens_is_the_zero_vector(encoder, ids):
    layers = represent(encoder, [[20, 21], ids], 0, LENGTH, XLM_SPECIAL)

    assert np.all(layers[:, 1] == 0)
    assert np.all(np.any(layers[:, 0] != 0, axis=-1))


class HalfPrecision(nnx.Module):
    """States are the ids in bfloat16; summed in bfloat16, 256 + 1 would still be 256."""

    def __call__(self, input_ids, padding_mask, language):
        return (jnp.repeat(input_ids[..., None], 2, axis=-1).astype(jnp.bfloat16),)


def test_bfloat16_states_are_pooled_in_float32():
    ids = [256] + [17] * 15

    layers = represent(HalfPrecision(), [ids], 0, LENGTH, XLM_SPECIAL)

    assert layers.dtype == np.float32
    assert layers[0, 0].tolist() == [np.mean(ids)] * 2


def test_random_and_trained_encoders_of_one_architecture_share_the_compilation(encoder):
    observed, traces = traced(encoder)
    graph, state = nnx.split(observed)

    represent(observed, sentences([5]), 0, LENGTH, XLM_SPECIAL)
    other = nnx.merge(graph, jax.tree.map(lambda x: x + 1, state))
    represent(other, sentences([5]), 0, LENGTH, XLM_SPECIAL)

    assert len(traces) == 1


class Outside(OutsideEncoder):
    """One layer whose states are the ids themselves, computed without JAX."""

    def hidden_states(self, input_ids, real):
        return (np.where(real, input_ids, 0)[..., None].astype(np.float32),)

    def token_embeddings(self, ids, language):
        return np.asarray(ids, np.float32)[:, None]

    def untrained(self, seed):
        return self


TEXTS = [[20, 30, 40], [20], [], [UNKNOWN, 50]]
POOLED = {
    "mean": [30, 20, 0, 50],
    "weighted": [(20 + 2 * 30 + 3 * 40) / 6, 20, 0, 50],
    "first": [END, END, END, END],
    "last": [END + 1, END + 1, END + 1, END + 1],
    "mean_with_specials": [
        (2 * END + 91) / 5, (2 * END + 21) / 3, (2 * END + 1) / 2, (2 * END + 51 + UNKNOWN) / 4,
    ],
}  # fmt: skip


@pytest.mark.parametrize("pooling", POOLED)
def test_a_sentence_is_pooled_as_the_configuration_asks(pooling):
    special = XLM_SPECIAL._replace(closing=(END + 1,))

    vectors = represent(Outside(), TEXTS, 0, 8, special, pooling)[0, :, 0]

    assert vectors.tolist() == pytest.approx(POOLED[pooling])


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [("first", 21), ("last", 29), ("weighted", np.average(range(21, 30), weights=range(1, 10)))],
)
def test_places_are_those_in_the_sentence_when_it_is_read_in_windows(pooling, expected):
    bare = XLM_SPECIAL._replace(opening=(), closing=())
    ids = list(range(21, 30))

    (vector,) = represent(Outside(), [ids], 0, 4, bare, pooling)[0, :, 0]

    assert vector == pytest.approx(expected)


def test_an_encoder_of_another_library_is_averaged_as_ours_is(encoder):
    class Copy(Outside):
        def hidden_states(self, input_ids, real):
            asked = jnp.where(real, input_ids, 0)[None], jnp.asarray(real)[None]
            found = encode(encoder, *asked, jnp.array([1]))
            return tuple(np.asarray(layer[0]) for layer in found)

    texts = sentences([46, 1, 20])

    expected = represent(encoder, texts, 1, LENGTH, XLM_SPECIAL)

    copied = represent(Copy(), texts, 1, LENGTH, XLM_SPECIAL)
    np.testing.assert_allclose(copied, expected, atol=1e-5)

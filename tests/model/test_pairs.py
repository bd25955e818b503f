"""Groups of pairs are read in twos: attention goes across, and all else stays each language's."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config, ModelConfig
from mlm_xling.model.encoder import Encoder, random_encoder
from mlm_xling.model.language_ids import same_ids
from mlm_xling.vocabulary import PAD
from tests.model import reference

SHAPE: dict[str, Any] = {"layers": 2, "heads": 2, "width": 16, "mlp": 32, "max_positions": 8}
VOCABULARY, LENGTH, WIDTH = 40, 6, 16
LANGUAGES = jnp.array([0, 1, 2, 0])
"""Two pairs of languages."""
PRIVATE = [(), ("layer_1",), ("layer_1", "layer_2"), ("embeddings",), ("embeddings", "layer_2")]
pairs_of = nnx.jit(lambda encoder, *inputs: encoder(*inputs, paired=True))
sentences_of = nnx.jit(lambda encoder, *inputs: encoder(*inputs))


def encoder_of(*private: str, dropout: float = 0.0) -> Encoder:
    model = ModelConfig(**SHAPE, private=private, dropout=dropout, attention_dropout=dropout)
    config = Config(languages=("a", "b", "c"), model=model)
    return random_encoder(config, same_ids(VOCABULARY, config), seed=0)


@pytest.fixture(scope="module")
def streams():
    """Sentences of several lengths: four groups of two."""
    ids = jax.random.randint(jax.random.key(1), (4, 2, LENGTH), 14, VOCABULARY)
    mask = jnp.arange(LENGTH) < jnp.array([[6, 3], [4, 6], [5, 2], [6, 1]])[..., None]
    return jnp.where(mask, ids, PAD), mask, LANGUAGES


def parameters_of(encoder: Encoder, part: str, language: int) -> Any:
    """What a language has of a part, in float64."""
    state = nnx.to_pure_dict(nnx.state(encoder))[part]
    own = jax.tree.map(lambda leaf: leaf[language], state["private"]) if "private" in state else {}
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), own or state["shared"])


def embedded(encoder: Encoder, ids: np.ndarray, mask: np.ndarray, language: int) -> np.ndarray:
    own = parameters_of(encoder, "embeddings", language)
    summed = own["token"][ids] + own["position"][: len(ids)]
    return reference.layer_norm(summed, **own["norm"]) * mask[:, None]


def token_by_token(states: np.ndarray, mask: np.ndarray, own: list[Any]) -> np.ndarray:
    """A layer over the tokens of both sides, each computed with its own parameters."""
    heads, width = SHAPE["heads"], WIDTH // SHAPE["heads"]
    projected = [
        np.einsum("e,eqhd->qhd", state, p["attention"]["kernel"]) + p["attention"]["bias"]
        for state, p in zip(states, own, strict=True)
    ]
    results = []
    for state, p, (query, _, _), real in zip(states, own, projected, mask, strict=True):
        mixed = []
        for head in range(heads):
            read = [each for each, there in zip(projected, mask, strict=True) if there]
            scores = np.array([query[head] @ k[head] for _, k, _ in read]) / np.sqrt(width)
            weights = np.exp(scores - scores.max())
            mixed.append(weights / weights.sum() @ np.array([v[head] for _, _, v in read]))
        output = p["attention"]["output"]
        attended = np.concatenate(mixed) @ output["kernel"] + output["bias"]
        state = reference.layer_norm(state + attended, **p["attention_norm"])
        inner, outer = p["feed_forward"]["inner"], p["feed_forward"]["outer"]
        expanded = reference.gelu(state @ inner["kernel"] + inner["bias"])
        expanded = expanded @ outer["kernel"] + outer["bias"]
        results.append(reference.layer_norm(state + expanded, **p["feed_forward_norm"]) * real)
    return np.stack(results)


def test_a_pair_is_one_sequence_in_which_positions_start_again(streams):
    ids, mask, _ = map(np.asarray, streams)
    encoder = encoder_of()

    found = pairs_of(encoder, *streams)

    for first, row in ((0, 0), (0, 1), (2, 0), (2, 1)):
        sides = first, first + 1
        whole = np.concatenate([embedded(encoder, ids[g, row], mask[g, row], 0) for g in sides])
        real = np.concatenate([mask[g, row] for g in sides])
        for layer in (1, 2):
            whole = reference.layer(parameters_of(encoder, f"layer_{layer}", 0), whole, real)
            ours = np.concatenate([found[layer][g, row] for g in sides])
            np.testing.assert_allclose(ours, whole, atol=1e-5)


@pytest.mark.parametrize("private", PRIVATE, ids=",".join)
def test_every_token_is_computed_with_the_private_parts_of_its_language(streams, private):
    ids, mask, language = map(np.asarray, streams)
    encoder = encoder_of(*private)

    found = pairs_of(encoder, *streams)

    for first, row in ((0, 0), (0, 1), (2, 0), (2, 1)):
        sides = first, first + 1
        spoken = [language[g] for g in sides for _ in range(LENGTH)]
        real = np.concatenate([mask[g, row] for g in sides])
        states = np.concatenate(
            [embedded(encoder, ids[g, row], mask[g, row], language[g]) for g in sides]
        )
        for layer in (1, 2):
            own = [parameters_of(encoder, f"layer_{layer}", each) for each in spoken]
            states = token_by_token(states, real, own)
            ours = np.concatenate([found[layer][g, row] for g in sides])
            np.testing.assert_allclose(ours, states, atol=1e-5)


@pytest.mark.parametrize("private", [(), ("embeddings", "layer_1")], ids=",".join)
def test_without_attention_across_the_sides_are_two_sentences(streams, private):
    ids, mask, language = streams
    encoder = encoder_of(*private)

    together = sentences_of(encoder, *streams)[-1]

    for group in range(4):
        alone = sentences_of(encoder, ids[group][None], mask[group][None], language[group][None])
        np.testing.assert_allclose(together[group], alone[-1][0], atol=1e-6)
    assert not np.allclose(together, pairs_of(encoder, *streams)[-1], atol=1e-3)


def test_what_is_said_in_other_pairs_and_other_rows_is_not_read(streams):
    ids, mask, language = streams
    before = pairs_of(encoder_of(), *streams)[-1]

    changed = ids.at[1, 0, 1].set(14 + (ids[1, 0, 1] - 13) % (VOCABULARY - 14))
    after = pairs_of(encoder_of(), changed, mask, language)[-1]

    differs = np.abs(np.asarray(after - before)).max((-1, -2)) > 1e-4
    np.testing.assert_array_equal(differs, [[1, 0], [1, 0], [0, 0], [0, 0]])


def test_dropout_falls_on_attention_across_too(streams):
    encoder = encoder_of("layer_1", dropout=0.5)

    one, other = (pairs_of(encoder, *streams, jax.random.key(i))[-1] for i in (0, 1))

    assert np.isfinite(one).all()
    assert not np.allclose(one, other)

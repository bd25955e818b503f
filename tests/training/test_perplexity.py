"""Dev perplexity is of the same masked tokens whatever the batches, and says over how many ids."""

import copy

import jax
import numpy as np
import pytest

from mlm_xling.config import MeshConfig, ModelConfig
from mlm_xling.data.streams import Streams
from mlm_xling.model.language_ids import language_ids
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.perplexity import DevSet
from mlm_xling.training.step import make_program

LENGTH = 16


@pytest.fixture
def measured(prepared_config, prepared):
    """Measures the untrained encoder, in batches of some shape on some devices."""

    def measure(groups, batch_size, *, devices=1, seed=0, private=()):
        config = copy.deepcopy(prepared_config)
        config.model = ModelConfig(
            layers=1, heads=1, width=8, mlp=8, max_positions=LENGTH, private=private
        )
        config.training.groups, config.training.batch_size = groups, batch_size
        config.mesh = MeshConfig(data=devices)
        ids = language_ids(prepared.vocabulary(), config)
        program = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:devices]))
        params = program.init().params
        config.training.seed = seed
        other = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:devices]))
        dev = DevSet(Streams(prepared, config, slice(0, groups)), config, slice(0, groups))
        return dev.perplexities(other, params)

    return measure


@pytest.mark.parametrize(
    ("groups", "batch_size", "devices"), [(1, 3, 1), (2, 5, 1), (8, 1, 1), (8, 2, 8)]
)
def test_the_batches_and_the_devices_change_neither_perplexity_nor_tokens(
    measured, groups, batch_size, devices
):
    expected = measured(4, 8)

    found = measured(groups, batch_size, devices=devices)

    assert {name: one.tokens for name, one in found.items()} == {
        name: one.tokens for name, one in expected.items()
    }
    for name, one in found.items():
        assert one.value == pytest.approx(expected[name].value, rel=1e-5)
        assert one.tokens > 50


def test_another_seed_is_measured_on_the_same_tokens(measured):
    assert measured(2, 4, seed=1) == measured(2, 4)


def test_a_perplexity_says_among_how_many_ids_tokens_were_predicted(measured, prepared):
    vocabulary = prepared.vocabulary()
    everything, own = measured(2, 4), measured(2, 4, private=("embeddings",))

    for name in ("en", "fr"):
        assert everything[name].ids == vocabulary.size
        assert own[name].ids == len(vocabulary.ids_of(name))
        assert np.log(everything[name].value) == pytest.approx(np.log(vocabulary.size), rel=0.3)

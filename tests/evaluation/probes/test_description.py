"""What a run is, as numbers."""

import copy
import dataclasses

import jax
import pytest
from flax import nnx

import mlm_xling
from mlm_xling.config import Config
from mlm_xling.data.manifest import read_manifest
from mlm_xling.data.pairs import PairsRecord
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.probes import description
from mlm_xling.evaluation.probes.description import describe
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids


@pytest.fixture(scope="module")
def encoder(saved_run):
    return mlm_xling.load(saved_run)


def described(one: FrozenEncoder, other: FrozenEncoder | None = None, **fields):
    model = one.pretrained
    subject = Subject(one, other or one, Inputs(model, model), **fields)
    return {result.metric: result for result in describe(subject)}


def with_private(one: FrozenEncoder, *parts: str) -> FrozenEncoder:
    model = one.pretrained
    config: Config = dataclasses.replace(
        model.config, model=dataclasses.replace(model.config.model, private=parts)
    )
    made = random_encoder(config, language_ids(model.vocabulary, config), seed=0)
    return FrozenEncoder(model._replace(config=config, encoder=made))


def sizes(one: FrozenEncoder) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(one.pretrained.encoder)))


def test_parameters_are_shared_or_private(encoder):
    plain, apart = described(encoder), described(with_private(encoder, "layer_1"))

    layer = apart["parameters_private"].value / 2
    assert plain["parameters_shared"].value == sizes(encoder)
    assert plain["parameters_private"].value == 0
    assert apart["parameters_shared"].value == sizes(encoder) - layer


def test_tokens_and_anchor_points_are_those_of_the_run(encoder):
    found, config = described(encoder), encoder.pretrained.config
    records = read_manifest(encoder.pretrained.data_dir).languages
    training = config.training

    assert encoder.pretrained.step != training.steps, "the checkpoint is not that of the end"
    tokens = encoder.pretrained.step * training.groups * training.batch_size * training.length
    assert found["trained_tokens"].value == tokens
    assert found["shared_types"].value == records["fr"].anchors.shared_types
    assert found["shared_tokens_target"].value == records["fr"].anchors.shared_tokens


def test_padding_of_sentence_pairs_is_no_token(encoder, monkeypatch):
    model = encoder.pretrained
    config = copy.deepcopy(model.config)
    config.data.pairs, config.training.pair_share = 10, 0.5
    half_full = PairsRecord(("en", "fr"), 10, tokens=80, cut=0, held_out=0)
    manifest = dataclasses.replace(read_manifest(model.data_dir), pairs=[half_full])
    monkeypatch.setattr(description, "read_manifest", lambda _: manifest)

    found = described(FrozenEncoder(model._replace(config=config)))

    whole = described(encoder)["trained_tokens"].value
    assert config.training.length == 16
    assert found["trained_tokens"].value == pytest.approx(0.75 * whole, abs=200)


def test_nothing_is_told_of_random_encoders_and_of_two(encoder):
    assert described(encoder, model="random") == {}
    assert described(encoder, with_private(encoder)) == {}


def test_without_the_text_there_are_no_anchor_points(encoder):
    gone = FrozenEncoder(encoder.pretrained._replace(data_dir=None))

    assert set(described(gone)) == {"parameters_shared", "parameters_private", "trained_tokens"}

"""Streams of languages that are derived from one text."""

import copy
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import SPECIALS, Config
from mlm_xling.config.checks import resolve
from mlm_xling.config.stored import from_json
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.sources import source_of
from mlm_xling.data.streams import Batch
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.training_text import training_sentences
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.prepare import streams_directory
from mlm_xling.preparation.program import as_settings
from mlm_xling.training.masking import mask_tokens
from mlm_xling.training.step import target_losses
from mlm_xling.vocabulary import PAD
from mlm_xling.word_order import reordered
from tests.data_fixtures import prepare_here, sentences

NOTHING: Any = None
DERIVED = ("en", "en:reverse", "en:shift")


@pytest.fixture(scope="module")
def config(prepared_config: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = copy.deepcopy(prepared_config)
    config.languages = DERIVED
    config.data.cache_dir = str(tmp_path_factory.mktemp("cache"))
    return config


@pytest.fixture(scope="module")
def derived(config: Config) -> Prepared:
    return prepare_here(config)


@pytest.fixture(scope="module")
def lines(text_dir: Path) -> set[str]:
    return set((text_dir / "en.txt").read_text().split("\n")) - {""}


def read(prepared: Prepared, language: str) -> set[str]:
    """Its training sentences but the last, which may have been cut."""
    model = Pretrained(NOTHING, prepared.vocabulary(), NOTHING, 0, prepared.directory)
    return set(list(training_sentences(model, language, 10**6))[:-1])


def test_each_reads_its_own_documents_in_its_own_order(derived: Prepared, lines: set[str]) -> None:
    plain, backwards, shifted = (read(derived, language) for language in DERIVED)

    assert plain | shifted < lines
    assert backwards < {reordered(line, "en:reverse") for line in lines}
    assert not plain & shifted
    assert not {reordered(line, "en:reverse") for line in plain | shifted} & backwards
    assert len(plain | shifted | backwards) > 0.7 * len(lines)  # the rest is dev text or held out


def test_if_asked_for_all_read_the_same_documents(config: Config, lines: set[str]) -> None:
    config = copy.deepcopy(config)
    config.data.same_documents = True

    prepared = prepare_here(config)

    plain, backwards, shifted = (read(prepared, language) for language in DERIVED)
    assert len(plain & shifted) > 0.95 * len(plain | shifted)
    assert len({reordered(line, "en:reverse") for line in plain} & backwards) > 0.95 * len(plain)


def test_a_shifted_language_has_the_same_pieces_under_ids_of_its_own(derived: Prepared) -> None:
    vocabulary, line = derived.vocabulary(), ["bade kilo Semu."]

    plain, backwards, shifted = (vocabulary.encode(line, language)[0] for language in DERIVED)

    assert vocabulary.size == 2 * 200 - SPECIALS
    assert backwards == plain
    assert np.array(shifted).tolist() == [i + 200 - SPECIALS for i in plain]
    assert vocabulary.decode(shifted, "en:shift") == line[0]


def test_with_disjoint_ids_every_derived_language_has_its_own(config: Config) -> None:
    config = copy.deepcopy(config)
    config.vocabulary.kind, config.vocabulary.size = "disjoint", 100

    vocabulary = prepare_here(config).vocabulary()

    ordinary = [set(vocabulary.ids_of(language)[SPECIALS:].tolist()) for language in DERIVED]
    assert vocabulary.size == SPECIALS + sum(map(len, ordinary))
    assert len(set.union(*ordinary)) == sum(map(len, ordinary))


def test_an_encoder_with_the_same_rows_for_both_reads_a_shifted_language_as_the_other(
    config: Config, derived: Prepared
) -> None:
    """Shared layers see no difference: hidden states and the loss are equal to the bit."""
    config, vocabulary = copy.deepcopy(config), derived.vocabulary()
    config.model.layers, config.model.heads, config.model.width, config.model.mlp = 1, 2, 8, 16
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=0)
    here, there = np.arange(SPECIALS, 200), np.arange(200, vocabulary.size)
    state = nnx.to_pure_dict(nnx.state(encoder))
    for name in ("token", "output_bias"):
        leaf = state["embeddings"]["shared"][name]
        state["embeddings"]["shared"][name] = leaf.at[there].set(leaf[here])
    nnx.update(encoder, state)

    text = sentences("en", 20)

    def read_as(language: str):
        stream = np.concatenate(vocabulary.encode(text, language))
        language_of = jnp.array([DERIVED.index(language)])
        batch = Batch(jnp.array(stream[None, None]), language_of)
        key, ids = jax.random.key(0), language_ids(vocabulary, config)
        masked = mask_tokens(key, batch.input_ids, batch.language, ids, 0.15)
        hidden = encoder(masked.input_ids, batch.input_ids != PAD, language_of)[-1]
        return stream, hidden, target_losses(encoder, batch, masked), masked.weights

    (stream, plain, loss, weights), (moved, shifted, other, same) = map(read_as, DERIVED[::2])

    assert not set(stream) & set(moved)
    np.testing.assert_array_equal(plain, shifted)
    np.testing.assert_array_equal(weights, same)
    assert weights.sum() > 20
    assert (loss[weights > 0] > 0).all()
    np.testing.assert_array_equal(loss, other)


def test_the_source_of_a_language_is_that_of_those_derived_from_it(config: Config, text_dir: Path):
    other = copy.deepcopy(config)
    other.data.sources = (f"en:{text_dir / 'fr.txt'}",)

    handed_over = from_json(as_settings(other)).data

    assert handed_over.sources == other.data.sources
    assert {source_of(handed_over, language) for language in DERIVED} == {str(text_dir / "fr.txt")}


def test_a_derived_language_may_be_alone(config: Config) -> None:
    alone = copy.deepcopy(config)
    alone.languages = ("en:reverse",)

    assert streams_directory(alone) != streams_directory(config)
    assert read(prepare_here(alone), "en:reverse")


@pytest.mark.parametrize("name", ["en:", "en:mirror", "en2:shift", "en:shift:shift"])
def test_other_rules_are_refused(config: Config, name: str) -> None:
    odd = copy.deepcopy(config)
    odd.languages = (name, "en")

    with pytest.raises(InputError, match="nor one with any of shift, reverse, permute after it"):
        resolve(odd)

"""Words in context against one occurrence at a time; static rows against the matrix."""

import copy
from pathlib import Path
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import Config, LexiconConfig
from mlm_xling.errors import InputError
from mlm_xling.evaluation import subject
from mlm_xling.evaluation.inputs.subwords import Segmenter
from mlm_xling.evaluation.inputs.training_text import training_sentences
from mlm_xling.evaluation.representations import batching
from mlm_xling.evaluation.representations.word_types import word_vectors
from mlm_xling.evaluation.subject import FrozenEncoder
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.vocabulary import END
from mlm_xling.words import SEGMENTERS
from tests.evaluation.inputs.test_subwords import Pairs

SETTINGS = LexiconConfig(words=40, sentences=60)


@pytest.fixture(scope="module")
def model(prepared_config, prepared):
    config, vocabulary = copy.deepcopy(prepared_config), prepared.vocabulary()
    config.model.layers, config.model.heads, config.model.width = 1, 2, 16
    config.model.mlp, config.model.max_positions = 24, config.training.length
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=1)
    return Pretrained(config, vocabulary, encoder, 0, prepared.directory)


@pytest.fixture(scope="module")
def vectors(model):
    return word_vectors(model, "fr", SETTINGS)


@pytest.fixture
def read(model, vectors, monkeypatch):
    """An encoder, and the languages whose words it has read."""
    languages = []

    def reading(model, language, config):
        languages.append(language)
        return vectors

    monkeypatch.setattr(subject, "word_vectors", reading)
    return FrozenEncoder(model), languages


def test_words_are_read_anew_when_another_segmenter_cuts_their_language(read, monkeypatch):
    encoder, languages = read
    for language in ("fr", "en"):
        encoder.words(language, SETTINGS)

    monkeypatch.setitem(SEGMENTERS, "fr", list)
    for language in ("fr", "en", "fr"):
        encoder.words(language, SETTINGS)

    assert languages == ["fr", "en", "fr"]


@pytest.mark.parametrize(("field", "value"), [("data.text_dir", "other"), ("training.length", 8)])
def test_words_are_read_anew_from_other_text_or_in_other_windows(read, model, field, value):
    encoder, languages = read
    section, name = field.split(".")
    config = copy.deepcopy(model.config)
    setattr(getattr(config, section), name, value)

    for one in (encoder, encoder.with_config(config), encoder.with_config(model.config)):
        one.words("fr", SETTINGS)

    assert languages == ["fr", "fr"]


def segmented(model):
    segment = Segmenter(model.vocabulary, "fr")
    return [segment(line) for line in training_sentences(model, "fr", SETTINGS.sentences)]


def test_the_most_frequent_words_are_kept_in_order(model, vectors):
    counts = {}
    for stretches in segmented(model):
        for word, *_ in (span for stretch in stretches for span in stretch.words):
            counts[word] = counts.get(word, 0) + 1

    expected = sorted(counts, key=lambda word: -counts[word])[: SETTINGS.words]
    assert list(vectors.layers[0].words) == expected
    assert set(vectors.static.words) <= set(expected)


def test_a_static_vector_is_the_row_of_the_words_only_subword(model, vectors):
    table = np.asarray(model.encoder.embeddings.shared.token)
    assert len(vectors.static.words) > 3
    for word, row in zip(vectors.static.words, vectors.static.vectors, strict=True):
        spans = [
            stretch.ids[span.start]
            for stretches in segmented(model)
            for stretch in stretches
            for span in stretch.words
            if span.word == word and span.stop == span.start + 1
        ]
        np.testing.assert_array_equal(row, table[max(set(spans), key=spans.count)])


encode = nnx.jit(lambda encoder, *inputs: encoder(*inputs))


def states_of(model, ids):
    """Every layer of one unpadded window."""
    input_ids = jnp.array([[ids]])
    states = encode(model.encoder, input_ids, jnp.ones_like(input_ids, bool), jnp.array([1]))
    return np.stack([np.asarray(layer)[0, 0] for layer in states])


def test_a_contextual_vector_is_the_mean_over_subwords_then_occurrences(model):
    """Every sentence is one window here."""
    config = copy.deepcopy(model.config)
    config.training.length = config.model.max_positions = 128
    ids = language_ids(model.vocabulary, config)
    model = model._replace(config=config, encoder=random_encoder(config, ids, seed=1))
    few = LexiconConfig(words=5, sentences=6)
    tables = word_vectors(model, "fr", few).layers
    occurrences = {word: [] for word in tables[0].words}
    for line in training_sentences(model, "fr", few.sentences):
        stretches = Segmenter(model.vocabulary, "fr")(line)
        states = states_of(model, [END, *(i for ids, _ in stretches for i in ids), END])
        offset = 1
        for ids, words in stretches:
            for word, start, stop in words:
                if word in occurrences:
                    own = states[:, offset + start : offset + stop]
                    occurrences[word].append(own.mean(axis=1))
            offset += len(ids)

    assert max(map(len, occurrences.values())) > 1
    for layer, table in enumerate(tables):
        expected = [np.mean(vectors, axis=0)[layer] for vectors in occurrences.values()]
        np.testing.assert_allclose(table.vectors, expected, atol=1e-5)


PIECES = 256


class Shown(nnx.Module):
    """States are the token, and whether its window stands between two `</s>`."""

    def __call__(self, input_ids, padding_mask, language):
        last = padding_mask.sum(-1, keepdims=True) - 1
        wrapped = (input_ids[..., :1] == END) & (jnp.take_along_axis(input_ids, last, -1) == END)
        wrapped = jnp.broadcast_to(wrapped, input_ids.shape)[..., None]
        return (jnp.append(jax.nn.one_hot(input_ids, PIECES), wrapped, -1),)

    def token_embeddings(self, ids, language):
        return jnp.zeros((len(ids), PIECES + 1))


@given(st.lists(st.text("abcd", min_size=1, max_size=16), unique=True, min_size=1, max_size=30))
def test_windows_hold_whole_stretches_and_say_where_their_words_are(words):
    """Every word is a stretch; those of more than six subwords do not fit into eight tokens."""
    vocabulary, config = Pairs(), Config(languages=("en",))
    config.training.length, config.model.layers, config.model.width = 8, 0, PIECES + 1
    with TemporaryDirectory() as folder:
        config.data.text_dir = folder
        Path(folder, "en.txt").write_text(" ".join(words))
        model = Pretrained(config, vocabulary, Shown(), 0, None)
        (table,) = word_vectors(model, "en", SETTINGS).layers

    subwords = {word: vocabulary.encode([word], "en")[0] for word in words}
    assert set(table.words) == {word for word, ids in subwords.items() if len(ids) <= 6}
    for word, vector in zip(table.words, table.vectors, strict=True):
        _, *own = subwords[word]  # The first is the mark of the space.
        counts = np.bincount(own, minlength=PIECES)
        np.testing.assert_allclose(vector, [*counts / len(own), 1], atol=1e-6)


def test_batching_does_not_matter(model, vectors, monkeypatch):
    monkeypatch.setattr(batching, "TOKENS_PER_BATCH_ON_CPU", 64)

    again = word_vectors(model, "fr", SETTINGS)

    np.testing.assert_allclose(again.layers[1].vectors, vectors.layers[1].vectors, atol=1e-5)


def test_sentences_come_from_the_prepared_streams_or_else_from_the_text(model, text_dir):
    streamed = list(training_sentences(model, "fr", 10**6))
    raw = list(training_sentences(model._replace(data_dir=None), "fr", 10**6))

    lines = [line for line in (text_dir / "fr.txt").read_text().splitlines() if line]
    assert raw == lines
    known = [line for line in streamed if "⁇" not in line]
    assert len(known) > 0.8 * len(streamed) > 100
    assert set(known) <= set(lines)
    assert len(list(training_sentences(model, "fr", 7))) == 7


def test_without_any_text_it_is_said_what_to_do(model):
    config = copy.deepcopy(model.config)
    config.data.source = "wiki40b"

    with pytest.raises(InputError, match="prepared text of this run is gone"):
        training_sentences(model._replace(config=config, data_dir=None), "fr", 5)

"""Words in context against one occurrence at a time; static rows against the matrix."""

import copy

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given
from hypothesis import strategies as st

from mlm_xling.config import LexiconConfig
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.subwords import Segmented, Segmenter, Span
from mlm_xling.evaluation.inputs.training_text import training_sentences
from mlm_xling.evaluation.representations import batching
from mlm_xling.evaluation.representations import word_types as module
from mlm_xling.evaluation.representations.word_types import word_vectors
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.vocabulary import END

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


def states_of(model, ids):
    """Every layer of one unpadded window."""
    graph, state = nnx.split(model.encoder)
    encoder = nnx.merge(graph, state)
    input_ids = jnp.array([[ids]])
    states = encoder(input_ids, jnp.ones_like(input_ids, bool), jnp.array([1]))
    return np.stack([np.asarray(layer)[0, 0] for layer in states])


def test_a_contextual_vector_is_the_mean_over_subwords_then_occurrences(model):
    few = LexiconConfig(words=5, sentences=6)
    tables = word_vectors(model, "fr", few).layers
    numbers = {word: number for number, word in enumerate(tables[0].words)}
    occurrences = {number: [] for number in numbers.values()}
    for line in training_sentences(model, "fr", few.sentences):
        stretches = Segmenter(model.vocabulary, "fr")(line)
        for spans, window in module._windows(stretches, model.config.training.length, numbers):
            states = states_of(model, window)
            for number, start, stop in spans:
                occurrences[number].append(states[:, start:stop].mean(axis=1))

    for layer, table in enumerate(tables):
        expected = [np.mean(vectors, axis=0)[layer] for vectors in occurrences.values()]
        np.testing.assert_allclose(table.vectors, expected, atol=1e-5)


@given(st.lists(st.lists(st.integers(20, 90), min_size=1, max_size=9), max_size=30))
def test_windows_hold_whole_stretches_and_say_where_their_words_are(pieces):
    """Every stretch is one word; those of more than six subwords do not fit at all."""
    stretches = [Segmented(tuple(ids), (Span(str(ids), 0, len(ids)),)) for ids in pieces]
    numbers = {str(ids): number for number, ids in enumerate(pieces)}

    windows = list(module._windows(stretches, 8, numbers))

    found = [ids[start:stop] for spans, ids in windows for _, start, stop in spans]
    assert found == [ids for ids in pieces if len(ids) <= 6]
    assert all(len(ids) <= 8 for _, ids in windows)
    assert all(ids[0] == ids[-1] == END for _, ids in windows)


def test_batching_does_not_matter(model, vectors, monkeypatch):
    monkeypatch.setattr(batching, "TOKENS_PER_BATCH", 64)

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

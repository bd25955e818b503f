"""Words in context: their states, and maps between two encoders."""

import copy

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.stats import ortho_group

from mlm_xling.evaluation.inputs.aligned_words import aligned_words
from mlm_xling.evaluation.inputs.bitext import Bitext
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.measures.contextual_map import ContextualMap
from mlm_xling.evaluation.probes.contextual import (
    WordPairs,
    evaluate_contextual,
    layer_maps,
    word_pairs,
)
from mlm_xling.evaluation.representations.word_tokens import tokens, word_states
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.model.stack import Stack
from mlm_xling.running_text import joined, located
from mlm_xling.vocabulary import END

WIDTH = 16
NAMELESS = [""] * 400, [("", "")] * 400


@pytest.fixture(scope="module")
def model(prepared_config, prepared):
    config, vocabulary = copy.deepcopy(prepared_config), prepared.vocabulary()
    config.model.layers, config.model.heads, config.model.width = 1, 2, WIDTH
    config.model.mlp, config.model.max_positions = 24, config.training.length
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=1)
    return Pretrained(config, vocabulary, encoder, 0, prepared.directory)


def test_each_word_is_found_by_its_first_subword(model):
    words = ["bade", "kilo", "de"]
    ids = [model.vocabulary.encode([word], "en")[0] for word in words]

    found = tokens(model, "en", joined(words, "en"))

    assert found.ids == [END, *ids[0], *ids[1], *ids[2], END]
    assert [found.ids[place] for place in found.first] == [pieces[0] for pieces in ids]


def test_a_sentence_is_encoded_as_in_pretraining(model):
    line = "(bade) ki'lo, de."

    found = tokens(model, "en", located(line, "en"))

    assert found.ids == [END, *model.vocabulary.encode([line], "en")[0], END][: len(found.ids)]


def test_words_beyond_the_trained_length_are_left_out(model):
    found = tokens(model, "en", joined(["bade"] * 40, "en"))

    assert len(found.ids) <= model.config.training.length
    assert found.first[0] == 1
    assert found.first[-1] == -1
    assert max(found.first) < len(found.ids) - 1


def test_states_of_words_equal_those_of_one_unpadded_sentence(model):
    sentences = [["bade"], ["kilo", "de", "mu"], ["ra"] * 6]
    encoded = [tokens(model, "fr", joined(words, "fr")) for words in sentences]
    wanted = [[1], [encoded[1].first[2], encoded[1].first[0]], []]
    encode = nnx.jit(lambda encoder, *inputs: encoder(*inputs))

    found = word_states(model, "fr", encoded, wanted)

    expected = []
    for sentence, places in zip(encoded, wanted, strict=True):
        ids = jnp.array([[sentence.ids]])
        states = encode(model.encoder, ids, jnp.ones_like(ids, bool), jnp.array([1]))
        expected += [[layer[0, 0, place] for layer in states] for place in places]
    np.testing.assert_allclose(found, np.array(expected).swapaxes(0, 1), atol=1e-5)


@pytest.fixture
def planted():
    """Target states are the source's, turned, stretched and moved, with a little noise."""
    random = np.random.default_rng(0)
    source = random.normal(size=(400, WIDTH)) * np.linspace(2, 1, WIDTH) + 3
    rotation = ortho_group.rvs(WIDTH, random_state=0)
    noise = 0.01 * random.normal(size=source.shape)
    return 5 * (source - 3) @ rotation + 7 + noise, source


def test_the_map_recovers_raw_states_through_turn_scale_and_shift(planted):
    target, source = planted

    mapping = ContextualMap.fit(target[:300], source[:300])

    np.testing.assert_allclose(mapping(target[300:]), source[300:], atol=0.15)
    assert mapping.scale == pytest.approx(1 / 5, rel=1e-2)


def test_the_map_is_its_formula_and_works_inside_a_jitted_function(planted):
    target, source = (rows.astype(np.float32) for rows in planted)
    mapping = ContextualMap.fit(target, source)

    expected = [
        mapping.scale * mapping.rotation @ (row - mapping.target_mean) + mapping.source_mean
        for row in target[:6]
    ]

    found = jax.jit(mapping.__call__)(jnp.asarray(target[:6].reshape(2, 3, WIDTH)))
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found.reshape(6, WIDTH), expected, atol=1e-3)


def test_maps_are_fitted_on_words_that_do_not_test_them(planted):
    target, source = (rows.astype(np.float32)[None] for rows in planted)
    held_out = np.arange(400) >= 300
    spoiled = np.where(held_out[:, None], 1e6, target)

    (mapping,) = layer_maps(WordPairs(source, spoiled, held_out, np.arange(400), *NAMELESS))

    np.testing.assert_allclose(mapping(target[0, 300:]), source[0, 300:], atol=0.2)


def test_layers_are_chosen_by_words_that_fit_maps(planted):
    target, source = (rows.astype(np.float32)[None] for rows in planted)
    sentence = np.arange(400) // 2
    names = list(map(str, range(400)))
    pairs = WordPairs(source, target, sentence >= 150, sentence, names, [(n, n) for n in names])

    choice = pairs.of_choice

    assert (choice.items, choice.words) == (pairs.items[:300], pairs.words[:300])
    assert choice.held_out.sum() == 150
    assert not set(choice.sentence[choice.held_out]) & set(choice.sentence[~choice.held_out])
    np.testing.assert_array_equal(choice.source, source[:, :300])


def test_linked_words_of_equal_sentences_find_each_other(model):
    lines = [[f"{a}{b}", f"{b}{c}", f"{c}{a}"] for a in SOUNDS for b in SOUNDS for c in SOUNDS]
    bitext = bitext_of(lines, lines, [[(0, 0), (2, 2)]] * len(lines))
    frozen = FrozenEncoder(model)
    subject = Subject(frozen, frozen, Inputs(model, model, {aligned_words: {"fr": bitext}}))

    results = evaluate_contextual(subject)

    encoded = [result for result in results if result.layer is not None]
    assert {(r.metric, r.layer) for r in encoded} == {
        (f"aligned_p@1{space}_{direction}", layer)
        for space in ("", "_raw")
        for direction in ("forward", "backward")
        for layer in (0, 1)
    }
    context = [result for result in results if result.layer == 1 and "raw" in result.metric]
    assert min(result.value for result in context) > 0.9
    assert {result.n for result in results} == {2 * -(-len(lines) // 10)}
    assert {result.seen for result in results} == {None}


def test_words_are_looked_up_without_a_model_too(model):
    """Those of the tested sentences, by the links of all others."""
    lines = [["ba", f"x{i}", "de"] for i in range(40)]
    others = [["mu", f"x{i}" if i else "x", "lo"] for i in range(40)]
    bitext = bitext_of(lines, others, [[(0, 0), (1, 1)]] + [[(1, 1), (2, 2)]] * 39)
    frozen = FrozenEncoder(model)
    inputs = Inputs(model, model, {aligned_words: {"fr": bitext}})

    results = evaluate_contextual(Subject(frozen, frozen, inputs))

    # Tested are x0, x10, x20, x30 (all but x0 as they are written), ba once, and de thrice, which
    # no dictionary tells apart.
    found = {r.metric: (r.model, r.step, r.n, r.value) for r in results if r.layer is None}
    assert found == {
        f"{name}_aligned_p@1_{direction}": (name, 0, 8, 3 / 8)
        for name in ("lexical", "lookup")
        for direction in ("forward", "backward")
    }


def bitext_of(source, target, links, seen=None):
    """A bitext of word lists; every tenth pair is tested."""
    x, y = ([joined(words, "xx") for words in side] for side in (source, target))
    return Bitext(x, y, links, [i % 10 == 0 for i in range(len(links))], seen)


def test_what_pretraining_saw_of_the_tested_pairs_is_told(model):
    lines = [[f"{a}{b}", f"{b}{c}"] for a in SOUNDS for b in SOUNDS for c in SOUNDS][:40]
    bitext = bitext_of(lines, lines, [[(0, 0)]] * 40, seen=[True] * 20 + [False] * 20)
    frozen = FrozenEncoder(model)
    subject = Subject(frozen, frozen, Inputs(model, model, {aligned_words: {"fr": bitext}}))

    assert {result.seen for result in evaluate_contextual(subject)} == {0.5}


SOUNDS = ("ba", "de", "ki", "lo", "mu")


def test_links_to_words_that_do_not_fit_are_left_out(model):
    bitext = bitext_of([["ba"] * 40], [["de"] * 40], [[(0, 0), (39, 39)]])
    frozen = FrozenEncoder(model)

    pairs = word_pairs(Subject(frozen, frozen, Inputs(model, model)), "fr", bitext)

    assert pairs.source.shape == (2, 1, WIDTH)


def test_the_head_of_four_layers_sees_neither_padding_nor_positions(model):
    stack = Stack(model.config.model, nnx.Rngs(0))
    run = nnx.jit(lambda stack, *inputs: stack(*inputs))
    hidden = jax.random.normal(jax.random.key(0), (1, 5, WIDTH))
    mask = jnp.array([[True, True, True, False, False]])

    found = run(stack, hidden, mask)

    assert len(stack.layers) == 4
    turned = run(stack, hidden[:, jnp.array([2, 0, 1, 4, 3])], mask)
    np.testing.assert_allclose(turned[:, :3], found[:, jnp.array([2, 0, 1])], atol=1e-5)
    np.testing.assert_allclose(run(stack, hidden[:, :3], mask[:, :3]), found[:, :3], atol=1e-5)
    assert not np.allclose(run(stack, hidden, mask, jax.random.key(1))[:, :3], found[:, :3])

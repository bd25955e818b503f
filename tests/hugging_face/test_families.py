"""Every layer of every family against `transformers`, whose figures `make_golden.py` stored."""

import json
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.flax import save_file as save_jax
from safetensors.numpy import load_file, save_file

from mlm_xling import load
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.loading import load_imported
from tests.hugging_face import golden
from tests.hugging_face.folders import GOLDEN, MODELS, write_folder

LANGUAGES = {"languages": golden.LANGUAGES}


def states(encoder, ids, mask):
    """[layer, row, length, embed]; each row is a group, for its language."""
    asked = np.array(ids)[:, None], mask[:, None], np.arange(len(ids))
    found = encoder(*map(jnp.asarray, asked))
    return np.stack([np.asarray(layer)[:, 0] for layer in found])


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory):
    folder = write_folder(tmp_path_factory.mktemp("hub") / request.param, request.param)
    return request.param, load_imported(f"hf:{folder}", LANGUAGES)


@pytest.mark.parametrize(
    ("padding", "mask"), [("padded", golden.REAL), ("whole", np.ones_like(golden.REAL))]
)
def test_hidden_states_of_all_layers_are_those_of_transformers(model, padding, mask):
    name, pretrained = model
    expected = GOLDEN[name][padding]

    found = states(pretrained.encoder, expected["ids"], mask)

    np.testing.assert_allclose(
        found[:, mask], np.array(expected["hidden_states"])[:, mask], atol=1e-5
    )


def test_scores_of_masked_tokens_are_those_of_transformers(model):
    name, pretrained = model
    encoder, ids = pretrained.encoder, GOLDEN[name]["whole"]["ids"]
    last = states(encoder, ids, np.ones_like(golden.REAL))[-1, :1]

    scores = encoder.logits(jnp.asarray(last), jnp.array([0]))

    assert pretrained.predicts
    np.testing.assert_allclose(scores[0], GOLDEN[name]["logits"], atol=1e-5)


def read(folder, languages=golden.LANGUAGES) -> Any:
    """The encoder of a folder."""
    return load_imported(f"hf:{folder}", {"languages": languages}).encoder


def same(folder, other):
    """Whether two folders give the same hidden states."""
    ids = GOLDEN["bert"]["whole"]["ids"]
    one, another = (states(read(place), ids, golden.REAL) for place in (folder, other))
    return np.array_equal(one, another)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("hub") / "whole")


def test_weights_may_lie_in_several_files(whole, tmp_path):
    tensors = load_file(write_folder(tmp_path) / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    names = sorted(tensors)
    where = {name: f"model-{i % 2}.safetensors" for i, name in enumerate(names)}
    for file in set(where.values()):
        save_file({n: tensors[n] for n in names if where[n] == file}, tmp_path / file)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))

    assert same(whole, tmp_path)


def test_a_model_without_a_head_has_names_without_a_prefix_and_predicts_nothing(whole, tmp_path):
    tensors = load_file(write_folder(tmp_path) / "model.safetensors")
    bare = {n.removeprefix("bert."): t for n, t in tensors.items() if n.startswith("bert.")}
    bare["pooler.dense.weight"] = np.zeros((8, 8), np.float32)
    save_file(bare, tmp_path / "model.safetensors")

    assert same(whole, tmp_path)
    assert not load_imported(f"hf:{tmp_path}", LANGUAGES).predicts


def test_the_oldest_names_of_layer_norm_are_known(whole, tmp_path):
    tensors = load_file(write_folder(tmp_path) / "model.safetensors")
    old = {
        n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("Norm.bias", "Norm.beta"): t
        for n, t in tensors.items()
    }
    save_file(old, tmp_path / "model.safetensors")

    assert same(whole, tmp_path)


def test_half_precision_weights_are_read_as_float32(whole, tmp_path):
    tensors = load_file(write_folder(tmp_path) / "model.safetensors")
    halves = {n: jnp.asarray(t, jnp.bfloat16) for n, t in tensors.items()}
    save_jax(halves, tmp_path / "model.safetensors")

    encoder = read(tmp_path)

    table = encoder.embeddings.shared.token[...]
    assert table.dtype == np.float32
    expected = halves["bert.embeddings.word_embeddings.weight"].astype(np.float32)
    np.testing.assert_array_equal(table, expected)


def test_a_softmax_of_its_own_is_not_taken_for_the_tied_one(whole, tmp_path):
    tensors = load_file(write_folder(tmp_path) / "model.safetensors")
    token = tensors["bert.embeddings.word_embeddings.weight"]
    name = "cls.predictions.decoder.weight"

    save_file(tensors | {name: token}, tmp_path / "model.safetensors")
    assert load_imported(f"hf:{tmp_path}", LANGUAGES).predicts
    save_file(tensors | {name: token + 1}, tmp_path / "model.safetensors")
    assert not load_imported(f"hf:{tmp_path}", LANGUAGES).predicts


@pytest.mark.parametrize("model", MODELS)
def test_the_bias_of_the_scores_may_be_stored_with_the_softmax(model, tmp_path):
    file = write_folder(tmp_path, model) / "model.safetensors"
    tensors = load_file(file)
    known = {
        "cls.predictions.bias": "cls.predictions.decoder.bias",
        "lm_head.bias": "lm_head.decoder.bias",
    }
    save_file({known.get(name, name): tensor for name, tensor in tensors.items()}, file)

    test_scores_of_masked_tokens_are_those_of_transformers(
        (model, load_imported(f"hf:{tmp_path}", LANGUAGES))
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_head_without_its_bias_predicts_nothing(model, tmp_path):
    file = write_folder(tmp_path, model) / "model.safetensors"
    biases = "cls.predictions.bias", "lm_head.bias", "pred_layer.proj.bias"
    save_file({n: t for n, t in load_file(file).items() if n not in biases}, file)

    assert not load_imported(f"hf:{tmp_path}", LANGUAGES).predicts


def test_embeddings_are_of_the_languages_that_are_asked_for(tmp_path):
    folder = write_folder(tmp_path, "xlm-wide")

    encoder = read(folder, ("fr", "EN"))

    table = golden.weights(GOLDEN["xlm-wide"]["shapes"])["transformer.lang_embeddings.weight"]
    np.testing.assert_array_equal(encoder.language[...], table[[1, 0]])
    with pytest.raises(InputError, match="languages=de: the model has embeddings of en, fr, ru"):
        read(folder, ("en", "de"))


def test_two_models_of_one_shape_have_names_of_their_own(whole, tmp_path):
    other = write_folder(tmp_path / "whole")
    one = load(f"hf:{whole}", overrides=LANGUAGES).pretrained.config
    same_again = load(f"hf:{other}", overrides=LANGUAGES).pretrained.config
    tensors = load_file(other / "model.safetensors")
    tensors["bert.embeddings.LayerNorm.bias"] += 1
    save_file(tensors, other / "model.safetensors")

    changed = load(f"hf:{other}", overrides=LANGUAGES).pretrained.config

    assert one == same_again
    assert one.origin != changed.origin

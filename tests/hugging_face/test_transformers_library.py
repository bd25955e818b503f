"""Encoders of any architecture, run by `transformers`; skipped where it is not installed.

pip install -r requirements-transformers.txt
python -m pytest tests/hugging_face/test_transformers_library.py
"""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import mlm_xling
from mlm_xling.config.overrides import override
from mlm_xling.errors import InputError
from tests.data_fixtures import LANGUAGES, REAL_DATA
from tests.hugging_face import golden
from tests.hugging_face.folders import write_folder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SIZES = {"num_hidden_layers": 2, "hidden_size": 8, "intermediate_size": 16}
HEADS = {"num_attention_heads": 2, "max_position_embeddings": 32, "pad_token_id": 2}
MODELS = {
    "Bert": SIZES | HEADS,
    "ModernBert": SIZES | HEADS | {"global_attn_every_n_layers": 2, "local_attention": 4},
    "Llama": SIZES | HEADS | {"num_key_value_heads": 1},
    "Qwen3": SIZES | HEADS | {"num_key_value_heads": 1, "head_dim": 4},
    "T5": {"num_layers": 2, "d_model": 8, "d_ff": 16, "d_kv": 4, "num_heads": 2},
}
TEXTS = ["ba de.", "cab", "bade de ab abc ed deb cabde-"]
GIVEN = {"languages": LANGUAGES, "model.dtype": "float32", "training.length": 30}


@pytest.fixture(scope="module", params=MODELS)
def folder(request, tmp_path_factory):
    """A folder of a random model, and its tokenizer of letters."""
    place = write_folder(tmp_path_factory.mktemp("hub") / request.param)
    (place / "model.safetensors").unlink()
    named = {"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "<mask>"}
    (place / "tokenizer_config.json").write_text(json.dumps(named))
    config = getattr(transformers, f"{request.param}Config")(
        vocab_size=golden.ROWS, bos_token_id=0, eos_token_id=1, **MODELS[request.param]
    )
    torch.manual_seed(0)
    transformers.AutoModel.from_config(config).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def encoder(folder):
    return mlm_xling.load(f"transformers:{folder}", overrides=GIVEN)


def alone(folder, ids):
    """The hidden states of one sequence without padding, [layer, length, embed]."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    model = model.get_encoder() if model.config.is_encoder_decoder else model
    with torch.no_grad():
        found = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
    return np.stack([layer[0].numpy() for layer in found.hidden_states])


def test_sentences_are_the_means_of_the_states_that_transformers_gives(folder, encoder):
    tokenizer = encoder.pretrained.vocabulary
    layers = encoder.represent(TEXTS, "en")

    for number, ids in enumerate(tokenizer.encode(TEXTS, "en")):
        expected = alone(folder, tokenizer.special.wrap(ids))[:, 1:-1].mean(axis=1)
        np.testing.assert_allclose(layers[:, number], expected, atol=1e-5)


def test_the_tokenizer_and_the_sizes_are_those_of_transformers(folder, encoder):
    config, tokenizer, *_ = encoder.pretrained
    theirs = transformers.AutoTokenizer.from_pretrained(folder)

    ours = [tokenizer.special.wrap(ids) for ids in tokenizer.encode(TEXTS, "en")]

    assert ours == theirs(TEXTS)["input_ids"]
    assert (config.model.layers, config.model.width) == (2, 8)
    assert config.origin.startswith(f"transformers:{folder.name} ")


def test_the_untrained_twin_has_the_same_shape_and_other_parameters(encoder):
    model = encoder.pretrained.encoder
    ids, real = np.array([[0, 7, 11, 1]]), np.ones((1, 4), bool)

    first, again, other = (np.stack(model.untrained(s).hidden_states(ids, real)) for s in (1, 1, 2))

    assert first.shape == np.stack(model.hidden_states(ids, real)).shape
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert not np.allclose(first, np.stack(model.hidden_states(ids, real)))


def test_empty_rows_and_padding_are_zero(encoder):
    ids = np.array([[0, 7, 1, -1], [-1, -1, -1, -1]])

    for layer in encoder.pretrained.encoder.hidden_states(ids, ids >= 0):
        assert np.all(layer[0, :3].any(axis=-1))
        assert not layer[0, 3].any()
        assert not layer[1].any()


@pytest.fixture(scope="module")
def bare(folder, tmp_path_factory):
    """An encoder whose tokenizer puts no special tokens around a text."""
    place = shutil.copytree(folder, tmp_path_factory.mktemp("bare") / "model")
    tokenizer = json.loads((place / "tokenizer.json").read_text())
    (place / "tokenizer.json").write_text(json.dumps(tokenizer | {"post_processor": None}))
    return mlm_xling.load(f"transformers:{place}", overrides=GIVEN)


@pytest.mark.parametrize("pooling", ["mean", "mean_with_specials", "weighted", "first", "last"])
@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_without_a_token_vectors_are_zero(bare, texts, pooling):
    asked = override(bare.pretrained.config, {"evaluation.pooling": pooling})

    layers = bare.with_config(asked).represent(texts, "en")

    assert layers.shape == (3, len(texts), 8)
    assert not layers.any()


def test_states_of_a_batch_without_a_token_are_zero(encoder):
    states = encoder.pretrained.encoder.hidden_states(np.full((2, 4), -1), np.zeros((2, 4), bool))

    assert [layer.shape for layer in states] == [(2, 4, 8)] * 3
    assert not np.any(states)


@pytest.mark.parametrize("folder", ["Llama"], indirect=True)
def test_all_frozen_instruments_measure_it(folder, text_dir, shared_dir, tmp_path):
    (tmp_path / "en-fr.tsv").write_text("de\tda\nki\tki\nlo\tti\nmu\trê\n")
    words = [first + second + third for first in "abcde" for second in "abcde" for third in "ab"]
    sentences = [f"ba {word}. ||| ba {word[::-1]}." for word in words]
    (tmp_path / "bitext").write_text("\n".join(sentences) + "\n")
    (tmp_path / "links").write_text("0-0 1-1\n" * len(sentences))
    frozen = ["cka", "similarity", "retrieval", "lexicon", "contextual", "language_identity"]
    encoder = mlm_xling.load(
        f"transformers:{folder}",
        overrides=GIVEN
        | {
            "data.parallel": str(text_dir / "parallel.tsv"),
            "data.cache_dir": str(shared_dir / "cache"),
            "data.text_dir": str(text_dir),
            "data.dictionary": str(tmp_path),
            "evaluation.pairs": 20,
            "evaluation.fit_pairs": 10,
            "evaluation.pooling": "weighted",
            "evaluation.contextual.bitext": str(tmp_path / "bitext"),
            "evaluation.contextual.links": str(tmp_path / "links"),
        },
    )

    results = mlm_xling.evaluate(encoder, frozen)

    for evaluator in frozen:
        for model in ("trained", "random"):
            layers = {r.layer for r in results if (r.evaluator, r.model) == (evaluator, model)}
            assert layers >= {0, 1, 2}, (evaluator, model)


@pytest.mark.parametrize("folder", ["Bert"], indirect=True)
@pytest.mark.parametrize("evaluator", ["perplexity", "description", "ner", "contextual_ner"])
def test_what_needs_more_than_states_is_refused(encoder, folder, evaluator, tmp_path):
    with pytest.raises(InputError, match=f"evaluator '{evaluator}': needs more of an encoder than"):
        mlm_xling.evaluate(encoder, [evaluator], output=tmp_path)


def refusal(folder, **overrides):
    with pytest.raises(InputError) as found:
        mlm_xling.load(f"transformers:{folder}", overrides=GIVEN | overrides)
    assert "\n" not in str(found.value)
    return str(found.value)


@pytest.mark.parametrize("folder", ["Bert"], indirect=True)
def test_a_folder_that_cannot_be_run_is_told_in_one_line(folder, tmp_path):
    weights = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    copy = shutil.copytree(folder, tmp_path / "copy")

    def told(lacking="", **changed):
        kept = {name: tensor for name, tensor in weights.items() if name != lacking}
        save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
        (copy / "config.json").write_text(json.dumps(config | changed))
        return refusal(copy)

    lost = "encoder.layer.1.output.dense.weight"
    assert f"the weights lack {lost} (1 in all)" in told(lacking=lost)
    assert "transformers cannot load it" in told(model_type="nothing-known")
    assert "has 34 ids, but the embeddings only 20 rows" in refusal_of_rows(copy, weights, config)
    assert "model.dtype=float99: must be one of" in refusal(folder, **{"model.dtype": "float99"})
    assert refusal(folder, languages=()).startswith("config.languages: ")
    (copy / "config.json").unlink()
    assert "config.json: no such file" in refusal(copy)


def refusal_of_rows(folder, weights, config):
    name = "embeddings.word_embeddings.weight"
    cut = weights | {name: weights[name][:20].copy()}
    save_file(cut, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 20}))
    return refusal(folder)


def test_a_model_that_must_be_told_languages_is_not_run_without(tmp_path):
    folder = write_folder(tmp_path, "xlm-wide")
    named = {"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "<mask>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    assert "has embeddings of languages, which would be left out; hf:<folder>" in refusal(folder)


@pytest.mark.parametrize("folder", ["Bert"], indirect=True)
def test_a_tokenizer_that_would_mark_all_languages_alike_is_refused(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    named = {"tokenizer_class": "NllbTokenizer", "src_lang": "fra_Latn", "mask_token": "<mask>"}
    (copy / "tokenizer_config.json").write_text(json.dumps(named))

    assert "the tokenizer marks every text as 'fra_Latn', whatever its language" in refusal(copy)


@pytest.mark.parametrize("folder", ["Bert"], indirect=True)
def test_a_pooler_that_is_missing_does_no_harm(folder, encoder, tmp_path):
    weights = load_file(folder / "model.safetensors")
    place = shutil.copytree(folder, tmp_path / "copy")
    kept = {name: tensor for name, tensor in weights.items() if "pooler" not in name}
    assert len(kept) < len(weights)
    save_file(kept, place / "model.safetensors", metadata={"format": "pt"})

    other = mlm_xling.load(f"transformers:{place}", overrides=GIVEN)

    np.testing.assert_array_equal(other.represent(TEXTS, "en"), encoder.represent(TEXTS, "en"))


@pytest.mark.parametrize("folder", ["Bert"], indirect=True)
def test_more_tokens_than_a_model_takes_are_told_in_one_line(folder):
    from mlm_xling.hugging_face.transformers_library import load_model  # It brings PyTorch.

    model = load_model(folder, "float32")

    with pytest.raises(InputError, match=r"training\.length: transformers cannot encode 40"):
        model.hidden_states(np.ones((1, 40), int), np.ones((1, 40), bool))


E5 = REAL_DATA.parent / "models" / "e5-small"


@pytest.mark.skipif(not E5.is_dir(), reason="needs the real encoder")
def test_a_real_encoder_is_the_same_as_read_by_us():
    texts = ["A cat sleeps.", "Le chat dort, n'est-ce pas ?", "猫在睡觉。" * 9]
    ways = [
        mlm_xling.load(f"{way}:{E5}", overrides={"languages": LANGUAGES, "model.dtype": "float32"})
        for way in ("hf", "transformers")
    ]

    ours, theirs = (encoder.represent(texts, "fr") for encoder in ways)

    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert ways[0].pretrained.config.training.length == ways[1].pretrained.config.training.length

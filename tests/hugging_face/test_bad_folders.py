"""What is wrong with a folder is told in one line, before anything is computed."""

import json
import re
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from mlm_xling import hugging_face
from mlm_xling.errors import InputError
from mlm_xling.hugging_face.folder import require_no_task
from mlm_xling.hugging_face.loading import load_imported
from tests.hugging_face.folders import write_folder

GIVEN = {"languages": ("en", "fr")}


def refusal(folder, **overrides):
    """The line that tells why a folder cannot be read."""
    with pytest.raises(InputError) as found:
        load_imported(f"hf:{folder}", overrides or GIVEN)
    assert "\n" not in str(found.value)
    return str(found.value)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("config.json", "config.json: no such file; is this a folder that save_pretrained wrote?"),
        ("tokenizer.json", "tokenizer.json: no such file; AutoTokenizer"),
        ("model.safetensors", "model.safetensors: no such file"),
    ],
)
def test_a_file_that_is_missing(tmp_path, file, told):
    (write_folder(tmp_path) / file).unlink()

    assert told in refusal(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["XLMForTokenClassification", "BertForSequenceClassification", "XLMForQuestionAnsweringSimple"],
)
def test_an_encoder_that_has_learnt_another_task_is_none_to_teach_one(tmp_path, name):
    place = write_folder(tmp_path, architectures=[name], id2label={"0": "O", "1": "B-PER"})

    with pytest.raises(InputError, match=rf"config.json: {name} has learnt another task .*; give"):
        require_no_task(f"hf:{place}")


@pytest.mark.parametrize(
    "names",
    [["BertModel"], ["XLMRobertaModel"], ["XLMRobertaForMaskedLM"], ["XLMWithLMHeadModel"], None],
)
def test_an_encoder_that_predicts_masked_tokens_can_learn_a_task(tmp_path, names):
    require_no_task(f"hf:{write_folder(tmp_path, architectures=names)}")


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json"])
def test_a_file_that_is_no_json(tmp_path, file):
    (write_folder(tmp_path) / file).write_text("[1, 2")

    assert f"{file}: not JSON" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("part", "told", "message"),
    [
        (
            {"normalizer": {"type": "BertNormalizer", "lowercase": True}},
            {"do_lower_case": False},
            "do_lower_case is false, but lowercase of tokenizer.json is true; make them equal",
        ),
        (
            {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False}},
            {"add_prefix_space": True},
            "add_prefix_space is true, but add_prefix_space of tokenizer.json is false",
        ),
    ],
)
def test_a_tokenizer_of_which_two_files_say_different_things(tmp_path, part, told, message):
    folder = write_folder(tmp_path)
    for file, more in (("tokenizer.json", part), ("tokenizer_config.json", told)):
        said = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(said | more))

    assert message in refusal(folder)


def test_a_tokenizer_file_of_something_else(tmp_path):
    (write_folder(tmp_path) / "tokenizer.json").write_text('{"a": 1}')

    assert "tokenizer.json: not a tokenizer" in refusal(tmp_path)


def test_weights_that_are_pickles_come_with_the_line_that_converts_them(tmp_path):
    (write_folder(tmp_path) / "model.safetensors").rename(tmp_path / "pytorch_model.bin")

    told = refusal(tmp_path)

    assert "pytorch_model.bin: a pickle" in told
    assert f"t.BertForMaskedLM.from_pretrained('{tmp_path}')" in told


@pytest.mark.parametrize("kept", [0, 7, 1_000, -1])
def test_weights_that_are_cut_off(tmp_path, kept):
    path = write_folder(tmp_path) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])

    assert "model.safetensors: not a complete safetensors file" in refusal(tmp_path)


def test_a_part_of_the_weights_that_is_missing(tmp_path):
    (write_folder(tmp_path) / "model.safetensors").unlink()
    index = {"weight_map": {"bert.embeddings.LayerNorm.weight": "model-1.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))

    assert "model-1.safetensors: no such file, but model.safetensors.index.json" in refusal(
        tmp_path
    )


def test_a_tensor_that_is_missing(tmp_path):
    path = write_folder(tmp_path) / "model.safetensors"
    name = "encoder.layer.1.output.dense.weight"
    save_file({n: t for n, t in load_file(path).items() if n != f"bert.{name}"}, path)

    assert f"the weights lack {name}" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"hidden_size": 12}, "has the shape 40 x 8, but config.json means 40 x 12"),
        ({"num_hidden_layers": 1}, "does not mention encoder.layer.1."),
        ({"num_hidden_layers": 3}, "the weights lack encoder.layer.2."),
        ({"num_attention_heads": 3}, "config.model.heads=3: does not divide"),
        ({"vocab_size": 20}, "tokenizer.json: has 34 ids, but the embeddings only 20 rows"),
        ({"vocab_size": "many"}, "vocab_size is 'many', and must be a number"),
        ({"hidden_act": "swish"}, "hidden_act is 'swish', and must be one of gelu"),
        ({"layer_norm_eps": None}, "layer_norm_eps is None"),
        ({"is_decoder": True}, "is_decoder is True; only False can be read"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type is 'relative_key'"),
        (
            {"model_type": "llama"},
            "model_type 'llama' is not one of bert, roberta, xlm-roberta, xlm",
        ),
        ({"model_type": None}, "model_type None is not one of"),
    ],
)
def test_a_configuration_that_contradicts_the_weights_or_is_not_ours(tmp_path, changed, told):
    assert told in refusal(write_folder(tmp_path, **changed))


def test_other_kinds_of_model_are_told_which_way_is_theirs(tmp_path):
    assert "transformers:<folder>" in refusal(write_folder(tmp_path, model_type="modernbert"))


def test_without_the_library_the_file_that_installs_it_is_named(monkeypatch, tmp_path):
    loaded = "mlm_xling.hugging_face.transformers_library"
    monkeypatch.delitem(sys.modules, loaded, raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delattr(hugging_face, "transformers_library", raising=False)

    with pytest.raises(InputError) as found:
        load_imported(f"transformers:{write_folder(tmp_path)}", GIVEN)

    assert str(found.value).startswith(f"transformers:{tmp_path}: needs PyTorch and transformers")
    assert str(found.value).endswith("pip install -r requirements-transformers.txt")
    assert "\n" not in str(found.value)


def test_a_folder_for_the_library_must_be_there():
    with pytest.raises(InputError, match=r"^transformers:/nowhere/at/all: no such folder$"):
        load_imported("transformers:/nowhere/at/all", GIVEN)


def test_languages_must_be_named(tmp_path):
    told = refusal(write_folder(tmp_path), **{"evaluation.pairs": 10})

    assert told.startswith("config.languages: ")
    assert "--config.languages=en,fr" in told


def test_what_training_settled_cannot_be_changed(tmp_path):
    told = refusal(write_folder(tmp_path), **GIVEN, **{"model.layers": 1})

    assert told.startswith("config.model.layers: settled by training")
    assert "training.length" in told


def test_sequences_are_no_longer_than_the_positions(tmp_path):
    told = refusal(write_folder(tmp_path), **GIVEN, **{"training.length": 9})

    assert "longer than config.model.max_positions=6" in told


@pytest.mark.parametrize("place", ["/nowhere/at/all", "a/b/c", "", "~nobody/x"])
def test_a_folder_that_is_not_there(place):
    refusal(place)


def test_a_name_of_the_hub_without_a_network(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.snapshot_download", _unreachable)

    told = refusal("someone/some-model")

    assert told.startswith("hf:someone/some-model: no such folder, and the Hub cannot be asked")
    assert "(name or service not known)" in told


def _unreachable(name: str, **kwargs: object) -> str:
    raise ConnectionError("name or service not known\nand more")


def test_a_name_of_the_hub_is_downloaded(monkeypatch, tmp_path):
    folder = write_folder(tmp_path / "cached")
    asked = {}

    def download(name: str, allow_patterns: list[str]) -> str:
        asked[name] = allow_patterns
        return str(folder)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.snapshot_download", download)

    config = load_imported("hf:someone/some-model", GIVEN).config
    assert config.languages == ("en", "fr")
    assert re.fullmatch(r"hf:someone/some-model [0-9a-f]{12}", config.origin)
    assert not any(pattern.endswith(".bin") for pattern in asked["someone/some-model"])
    assert not list(Path().glob("someone*"))

"""Folders as `save_pretrained` writes them, of the models of `golden.json`."""

import json
from pathlib import Path

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from tests.hugging_face import golden

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "golden.json").read_text())
MODELS = [name for name in GOLDEN if name != "tokenizers"]
TOKENIZERS = list(GOLDEN["tokenizers"])
_SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>"]
_LETTERS = "abcdefghijklmnopqrstuvwxyzç"


def _tokenizer() -> str:
    """A tokenizer of letters, which every model has room for; accents are taken off."""
    pieces = [*_SPECIAL, *_LETTERS, *".-"]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.BPE(numbers, [], unk_token="<unk>"))
    made.normalizer = normalizers.BertNormalizer()  # pyright: ignore[reportAttributeAccessIssue]
    made.pre_tokenizer = pre_tokenizers.Whitespace()  # pyright: ignore[reportAttributeAccessIssue]
    made.add_special_tokens(_SPECIAL)
    made.post_processor = processors.BertProcessing(  # pyright: ignore[reportAttributeAccessIssue]
        ("</s>", 1), ("<s>", 0)
    )
    return made.to_str()


def write_folder(folder: Path, model: str = "bert", **config: object) -> Path:
    """Writes configuration, weights and a tokenizer; `config` changes fields of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(golden.weights(GOLDEN[model]["shapes"]), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(GOLDEN[model]["config"] | config))
    (folder / "tokenizer.json").write_text(_tokenizer())
    (folder / "tokenizer_config.json").write_text(json.dumps({"mask_token": "<mask>"}))
    return folder


def with_positions(folder: Path, count: int) -> Path:
    """Gives a model of BERT's so many positions."""
    config, weights = folder / "config.json", folder / "model.safetensors"
    values = json.loads(config.read_text())
    config.write_text(json.dumps(values | {"max_position_embeddings": count}))
    table = {"bert.embeddings.position_embeddings.weight": [count, values["hidden_size"]]}
    save_file(load_file(weights) | golden.weights(table), weights)
    return folder

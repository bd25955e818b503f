"""Folders as `save_pretrained` writes them, of the models of `golden.json`."""

import json
from pathlib import Path

from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from tests.hugging_face import golden

HERE = Path(__file__).parent
GOLDEN = json.loads((HERE / "golden.json").read_text())
MODELS = [name for name in GOLDEN if name != "tokenizers"]
TOKENIZERS = list(GOLDEN["tokenizers"])
_SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>"]


def _tokenizer() -> str:
    """A tokenizer of letters and one word; every model has room for it."""
    pieces = [*_SPECIAL, *"abcdefghijklmnopqrstuvwxyz", "chat"]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.WordLevel(numbers, unk_token="<unk>"))
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
    return folder

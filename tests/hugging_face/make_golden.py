"""Writes what `transformers` says of the inputs of `golden.py`: `golden.json` and `tokenizers/`.

pip install torch transformers
python -m tests.hugging_face.make_golden
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
import transformers  # pyright: ignore[reportMissingImports]
from safetensors.torch import load_file  # pyright: ignore[reportMissingImports]
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from tests.hugging_face import golden

HERE = Path(__file__).parent
BERT = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 8, "intermediate_size": 16}
WIDE = {"num_hidden_layers": 3, "num_attention_heads": 3, "hidden_size": 12, "intermediate_size": 8}
XLM = {"n_layers": 2, "n_heads": 2, "emb_dim": 8, "max_position_embeddings": 6, "n_langs": 1}
NAMED = {"n_langs": 3, "lang2id": {"en": 0, "fr": 1, "ru": 2}}
MODELS = {
    "bert": ("Bert", {**BERT, "max_position_embeddings": 6, "pad_token_id": 1}),
    "bert-wide": (
        "Bert",
        {**WIDE, "max_position_embeddings": 9, "hidden_act": "gelu_new", "layer_norm_eps": 1e-3},
    ),
    "roberta": ("Roberta", {**BERT, "max_position_embeddings": 8, "type_vocab_size": 1}),
    "roberta-wide": (
        "Roberta",
        {**WIDE, "max_position_embeddings": 9, "pad_token_id": 3, "layer_norm_eps": 1e-5},
    ),
    "xlm-roberta": ("XLMRoberta", {**BERT, "max_position_embeddings": 8, "type_vocab_size": 1}),
    "xlm-roberta-wide": (
        "XLMRoberta",
        {**WIDE, "max_position_embeddings": 11, "type_vocab_size": 1, "layer_norm_eps": 1e-5},
    ),
    "xlm": ("XLM", XLM),
    "xlm-wide": ("XLM", {**XLM, "n_layers": 3, "n_heads": 3, "emb_dim": 12, **NAMED}),
    "xlm-sinusoidal": (
        "XLM",
        {**XLM, "sinusoidal_embeddings": True, "gelu_activation": False, "use_lang_emb": False},
    ),
}


def main() -> None:
    """Asks for hidden states, logits and ids."""
    found = {name: states(*of_model) for name, of_model in MODELS.items()}
    (HERE / "tokenizers").mkdir(exist_ok=True)
    found |= {"tokenizers": {name: ids(name, make()) for name, make in TOKENIZERS.items()}}
    (HERE / "golden.json").write_text(json.dumps(found) + "\n")


def states(family: str, settings: dict) -> dict:
    """A model of random weights, with its masked-LM head."""
    head = "WithLMHeadModel" if family == "XLM" else "ForMaskedLM"
    config = getattr(transformers, f"{family}Config")(vocab_size=golden.ROWS, **settings)
    model = getattr(transformers, f"{family}{head}")(config).eval()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        stored = load_file(f"{folder}/model.safetensors")
        written = json.loads(Path(folder, "config.json").read_text())
    shapes = {name: list(tensor.shape) for name, tensor in stored.items()}
    drawn = {name: torch.from_numpy(value) for name, value in golden.weights(shapes).items()}
    if settings.get("sinusoidal_embeddings"):  # No weights, though they are stored as such.
        del drawn["transformer.position_embeddings.weight"]
    assert not model.load_state_dict(drawn, strict=False).unexpected_keys
    languages = {}
    if "lang2id" in settings:
        rows = [[settings["lang2id"][name]] * 5 for name in golden.LANGUAGES]
        languages = {"langs": torch.tensor(rows)}
    asked = {"padded": golden.REAL, "whole": np.ones_like(golden.REAL)}
    result = {"config": written, "shapes": shapes}
    for name, mask in asked.items():
        given = np.where(mask, golden.IDS, config.pad_token_id)
        # RoBERTa counts positions by the padding id, which must not stand in a whole sequence.
        given = np.where(mask & (given == config.pad_token_id), 6, given)
        with torch.no_grad():
            output = model(
                torch.tensor(given),
                attention_mask=torch.tensor(mask.astype(int)),
                output_hidden_states=True,
                **languages,
            )
        result[name] = {
            "ids": given.tolist(),
            "hidden_states": rounded(torch.stack(output.hidden_states)),
        }
    result["logits"] = rounded(output.logits[0])
    return result


def rounded(values: torch.Tensor) -> list:
    """Six digits after the point."""
    return np.round(values.numpy().astype(np.float64), 6).tolist()


def ids(name: str, tokenizer: Tokenizer) -> dict:
    """The ids of all lines, and the place of the subword that each word of `WORDS` begins with."""
    cls, separator = ("[CLS]", "[SEP]") if name == "bert" else ("<s>", "</s>")
    unknown, pad, mask = SPECIAL[name][1:]
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token=cls, sep_token=separator, unk_token=unknown,
        pad_token=pad, mask_token=mask,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        fast.save_pretrained(folder)
        fast = transformers.AutoTokenizer.from_pretrained(folder)
        text = Path(folder, "tokenizer.json").read_text()
        (HERE / "tokenizers" / f"{name}.json").write_text(
            json.dumps(json.loads(text), ensure_ascii=False) + "\n"
        )
        named = json.loads(Path(folder, "tokenizer_config.json").read_text())
    words, starts, place = golden.WORDS.split(" "), [], 0
    for word in words:
        starts.append(place)
        place += len(word) + 1
    encoded = fast(golden.WORDS)
    return {
        "named": {key: value for key, value in named.items() if key.endswith("_token")},
        "ids": [fast(line)["input_ids"] for line in golden.LINES],
        "pair": fast("chat noir", "black cat")["input_ids"],
        "words": [encoded.char_to_token(start) for start in starts],
    }


SPECIAL = {
    "bert": (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "[UNK]", "[PAD]", "[MASK]"),
    "roberta": (["<s>", "<pad>", "</s>", "<unk>", "<mask>"], "<unk>", "<pad>", "<mask>"),
    "xlm-roberta": (["<s>", "<pad>", "</s>", "<unk>", "<mask>"], "<unk>", "<pad>", "<mask>"),
}


def text() -> list[str]:
    """What tokenizers are trained on."""
    return [golden.WORDS, *golden.LINES] * 3


def bert() -> Tokenizer:
    """WordPiece, cased, as mBERT's."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # pyright: ignore[reportCallIssue]
    made.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(
        text(), trainers.WordPieceTrainer(vocab_size=150, special_tokens=SPECIAL["bert"][0])
    )
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return made


def roberta() -> Tokenizer:
    """Byte-level BPE, whose words begin with their space."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        text(), trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL["roberta"][0])
    )
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    made.enable_truncation(4)
    return made


def xlm_roberta() -> Tokenizer:
    """Unigram pieces with the mark of the space."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    made.train_from_iterator(
        text(),
        trainers.UnigramTrainer(
            vocab_size=150, special_tokens=SPECIAL["xlm-roberta"][0], unk_token="<unk>"
        ),
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(name, made.token_to_id(name)) for name in ("<s>", "</s>")],
    )
    return made


TOKENIZERS = {"bert": bert, "roberta": roberta, "xlm-roberta": xlm_roberta}

if __name__ == "__main__":
    main()

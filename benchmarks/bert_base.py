"""Peak memory of CKA and retrieval on 10,000 sentences through an encoder of BERT-base's size.

    python -m benchmarks.bert_base folder

Its weights are random: what is computed does not depend on them.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from benchmarks.memory import measured, parallel_text

LAYERS, WIDTH, MLP, POSITIONS, PIECES = 12, 768, 3072, 512, 30_522
CONFIG = {
    "model_type": "bert",
    "num_hidden_layers": LAYERS,
    "hidden_size": WIDTH,
    "num_attention_heads": 12,
    "intermediate_size": MLP,
    "hidden_act": "gelu",
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "vocab_size": PIECES,
}
ROWS = 5_000


def main() -> None:
    """Writes text and encoder, evaluates, and prints what that needed."""
    folder = Path(sys.argv[1])
    (folder / "bert").mkdir(parents=True, exist_ok=True)
    parallel = parallel_text(folder, ROWS)
    words = sorted(set(parallel.read_text().split()))
    (folder / "bert" / "config.json").write_text(json.dumps(CONFIG))
    (folder / "bert" / "tokenizer.json").write_text(tokenizer(words))
    random = np.random.default_rng(0)
    tensors = {
        name: random.normal(0, 0.02, shape).astype(np.float32) for name, shape in shapes().items()
    }
    save_file(tensors, folder / "bert" / "model.safetensors")
    measured(
        "run_eval.py",
        f"--workdir=hf:{folder / 'bert'}",
        f"--output={folder / 'results'}",
        "--evaluators=cka,retrieval",
        "--models=trained",
        "--config.languages=a,b",
        f"--config.data.parallel={parallel}",
        f"--config.evaluation.pairs={ROWS}",
        "--config.evaluation.fit_pairs=0",
        "--config.evaluation.resamples=0",
    )


def tokenizer(words: list[str]) -> str:
    """A tokenizer that knows whole words, as `save_pretrained` writes one."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words][:PIECES]
    numbers = {piece: number for number, piece in enumerate(pieces)}
    made = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # pyright: ignore[reportAttributeAccessIssue]
    made.add_special_tokens(pieces[:5])
    made.post_processor = processors.BertProcessing(  # pyright: ignore[reportAttributeAccessIssue]
        ("[SEP]", 3), ("[CLS]", 2)
    )
    return made.to_str()


def shapes() -> dict[str, tuple[int, ...]]:
    """Gives the shapes of all tensors, by BERT's names."""
    embeddings = {"word": PIECES, "position": POSITIONS, "token_type": 2}
    made: dict[str, tuple[int, ...]] = {
        f"embeddings.{name}_embeddings.weight": (rows, WIDTH) for name, rows in embeddings.items()
    }
    made |= norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        inside = f"encoder.layer.{layer}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            made |= linear(f"{inside}.attention.{name}", WIDTH, WIDTH)
        made |= norm(f"{inside}.attention.output.LayerNorm")
        made |= linear(f"{inside}.intermediate.dense", MLP, WIDTH)
        made |= linear(f"{inside}.output.dense", WIDTH, MLP)
        made |= norm(f"{inside}.output.LayerNorm")
    return made


def linear(name: str, out: int, into: int) -> dict[str, tuple[int, ...]]:
    """A matrix and a bias."""
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def norm(name: str) -> dict[str, tuple[int, ...]]:
    """A scale and a bias."""
    return {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}


if __name__ == "__main__":
    main()

"""Writes `golden.json`: the logits of Hugging Face's XLM for the weights of `golden.py`.

pip install torch transformers
python -m tests.model.make_golden
"""

import json
from pathlib import Path

import jax
import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from flax import nnx
from transformers import (  # pyright: ignore[reportMissingImports]
    XLMConfig,
    XLMWithLMHeadModel,
)

from tests.model import golden


def main() -> None:
    """Copies our weights into Hugging Face's model and stores what it computes."""
    parameters = jax.tree.map(np.asarray, nnx.to_pure_dict(nnx.state(golden.encoder())))
    model = XLMWithLMHeadModel(
        XLMConfig(
            vocab_size=golden.VOCABULARY,
            emb_dim=golden.MODEL.width,
            n_layers=golden.MODEL.layers,
            n_heads=golden.MODEL.heads,
            max_position_embeddings=golden.MODEL.max_positions,
            gelu_activation=True,
            use_lang_emb=False,
            n_langs=1,
            asm=False,
        )
    ).eval()
    weights = {name: torch.from_numpy(value) for name, value in hugging_face(parameters).items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected, unexpected
    assert all("position_ids" in name for name in missing), missing
    ids, mask = golden.inputs()
    with torch.no_grad():
        logits = model(torch.tensor(ids).long(), attention_mask=torch.tensor(mask)).logits
    rounded = np.round(logits.numpy().astype(np.float64), 7).tolist()
    path = Path(__file__).with_name("golden.json")
    path.write_text(json.dumps({"model": "XLMWithLMHeadModel", "logits": rounded}) + "\n")


def hugging_face(parameters: dict) -> dict[str, np.ndarray]:
    """Our parameters under Hugging Face's names; its linear layers hold [outputs, inputs]."""
    embeddings = parameters["embeddings"]["shared"]
    named = {
        "transformer.embeddings.weight": embeddings["token"],
        "transformer.position_embeddings.weight": embeddings["position"],
        "pred_layer.proj.weight": embeddings["token"],
        "pred_layer.proj.bias": embeddings["output_bias"],
        **_norm("transformer.layer_norm_emb", embeddings["norm"]),
    }
    width = golden.MODEL.width
    for i in range(golden.MODEL.layers):
        layer = parameters[f"layer_{i + 1}"]["shared"]
        attention, feed_forward = layer["attention"], layer["feed_forward"]
        for index, name in enumerate(("q_lin", "k_lin", "v_lin")):
            one = {
                "kernel": attention["kernel"][:, index].reshape(width, width),
                "bias": attention["bias"][index].reshape(width),
            }
            named |= _linear(f"transformer.attentions.{i}.{name}", one)
        named |= _linear(f"transformer.attentions.{i}.out_lin", attention["output"])
        named |= _linear(f"transformer.ffns.{i}.lin1", feed_forward["inner"])
        named |= _linear(f"transformer.ffns.{i}.lin2", feed_forward["outer"])
        named |= _norm(f"transformer.layer_norm1.{i}", layer["attention_norm"])
        named |= _norm(f"transformer.layer_norm2.{i}", layer["feed_forward_norm"])
    return {name: np.ascontiguousarray(value) for name, value in named.items()}


def _linear(name: str, linear: dict) -> dict[str, np.ndarray]:
    return {f"{name}.weight": linear["kernel"].T, f"{name}.bias": linear["bias"]}


def _norm(name: str, norm: dict) -> dict[str, np.ndarray]:
    return {f"{name}.weight": norm["scale"], f"{name}.bias": norm["bias"]}


if __name__ == "__main__":
    main()

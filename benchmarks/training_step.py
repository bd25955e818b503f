"""The training step against Hugging Face's XLM, a plain JAX step and this machine's products.

    pip install torch transformers
    python -m benchmarks.training_step paper
    python -m benchmarks.training_step lab
    XLA_PYTHON_CLIENT_MEM_FRACTION=0.4 python -m benchmarks.training_step gpu

`paper`: the paper's layers, 8 x 256 tokens, vocabulary 32,000, dropout 0.1. `lab`: a small model
of the kind that `configs/demo.py` trains, 8,192 tokens. Both in float32. `gpu`: the share of one of
the paper's eight GPUs, 96 x 256 tokens with a vocabulary of 80,000, activations in bfloat16.
Masking, Adam and clipping are included on all sides. Hugging Face computes the softmax at every
position, as its model does; ours at the masked ones. The contestants take turns in one process,
and medians are compared.
"""

# ruff: noqa: E402
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from mlm_xling.training.host_memory import keep_freed_memory

keep_freed_memory()  # As run_pretrain.py does, before JAX is imported; it serves all sides.

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.plain_jax import plain_step
from mlm_xling.config import Config, MeshConfig, ModelConfig, TrainingConfig
from mlm_xling.data.streams import Batch
from mlm_xling.model.language_ids import same_ids
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program


class Shape(NamedTuple):
    """What is trained: `groups` x `batch` x `length` tokens a step."""

    model: ModelConfig
    vocabulary: int
    groups: int
    batch: int
    length: int
    rounds: int
    product: int = 4096
    """Rows and columns of the matrices whose product measures the machine."""

    @property
    def tokens(self) -> int:
        """Tokens of a step."""
        return self.groups * self.batch * self.length


SHAPES = {
    "paper": Shape(ModelConfig(dtype="float32"), 32_000, 1, 8, 256, rounds=5),
    "lab": Shape(
        ModelConfig(
            layers=4,
            heads=4,
            width=64,
            mlp=256,
            dropout=0.0,
            attention_dropout=0.0,
            dtype="float32",
        ),
        1_000,
        2,
        64,
        64,
        rounds=25,
    ),
    "gpu": Shape(ModelConfig(dtype="bfloat16"), 80_000, 1, 96, 256, rounds=15, product=16_384),
}


def our_step(shape: Shape, ids: np.ndarray) -> Callable[[], None]:
    """One call is one update of our program."""
    config = Config(
        languages=("en", "fr")[: shape.groups],
        model=shape.model,
        training=TrainingConfig(groups=shape.groups, batch_size=shape.batch, length=shape.length),
    )
    program = make_program(config, same_ids(shape.vocabulary, config), make_mesh(MeshConfig()))
    state = program.init()
    grouped = jnp.asarray(ids).reshape(shape.groups, shape.batch, shape.length)
    batch = jax.device_put(Batch(grouped, jnp.arange(shape.groups)), program.batch_shardings)

    def step() -> None:
        nonlocal state
        state, metrics = program.train(state, batch)
        jax.block_until_ready(metrics.loss)

    return step


def hugging_face_step(shape: Shape, ids: np.ndarray) -> Callable[[], None]:
    """One call is one update of `XLMWithLMHeadModel`, with bfloat16 by PyTorch's autocast."""
    import torch  # pyright: ignore[reportMissingImports]
    from transformers import (  # pyright: ignore[reportMissingImports]
        XLMConfig,
        XLMWithLMHeadModel,
    )

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    lower = torch.autocast(device.type, torch.bfloat16, enabled=shape.model.dtype == "bfloat16")
    model = XLMWithLMHeadModel(
        XLMConfig(
            vocab_size=shape.vocabulary,
            emb_dim=shape.model.width,
            n_layers=shape.model.layers,
            n_heads=shape.model.heads,
            dropout=shape.model.dropout,
            attention_dropout=shape.model.attention_dropout,
            gelu_activation=True,
            use_lang_emb=False,
            n_langs=1,
        )
    )
    model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, eps=1e-6, weight_decay=0.01)
    streams = torch.tensor(ids, device=device).long()

    def step() -> None:
        selected = torch.rand(streams.shape, device=device) < TrainingConfig.masking_rate
        action = torch.rand(streams.shape, device=device)
        random_ids = torch.randint(0, shape.vocabulary, streams.shape, device=device)
        replaced = torch.where(action < 0.8, 5, torch.where(action < 0.9, random_ids, streams))
        inputs = torch.where(selected, replaced, streams)
        with lower:
            loss = model(inputs, labels=torch.where(selected, streams, -100)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        loss.item()

    return step


def model_flops(shape: Shape) -> float:
    """Floating-point operations of the products of one of our updates, forward and backward."""
    width = shape.model.width
    layer = 4 * width**2 + 2 * width * shape.model.mlp + 2 * shape.length * width
    softmax = TrainingConfig.masking_rate * width * shape.vocabulary
    return 6 * shape.tokens * (shape.model.layers * layer + softmax)


def matrix_product(shape: Shape) -> Callable[[], None]:
    """One call multiplies two square matrices of random numbers."""
    matrix = jax.random.normal(jax.random.key(0), (shape.product, shape.product), shape.model.dtype)
    product = jax.jit(jnp.matmul)
    return lambda: jax.block_until_ready(product(matrix, matrix))


def main(shape: Shape) -> None:
    """Prints the medians and their ratios as JSON."""
    rng = np.random.default_rng(0)
    rows = (shape.groups * shape.batch, shape.length)
    ids = rng.integers(14, shape.vocabulary, rows).astype(np.int32)
    contestants = {
        "ours": our_step(shape, ids),
        "hugging_face": hugging_face_step(shape, ids),
        "matrix_product": matrix_product(shape),
    }
    if shape.model.dtype == "float32":
        contestants["plain_jax"] = plain_step(shape.model, shape.vocabulary, ids)
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(shape.rounds + 1):
        for name, call in contestants.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    product_rate = 2 * shape.product**3 / median.pop("matrix_product")
    report = {
        "device": jax.devices()[0].device_kind,
        "tokens_per_second": {name: round(shape.tokens / time, 1) for name, time in median.items()},
        "times_others": {name: round(time / median["ours"], 3) for name, time in median.items()},
        "matrix_product_gflops": round(product_rate / 1e9, 1),
        "fraction_of_matrix_product_rate": round(
            model_flops(shape) / median["ours"] / product_rate, 3
        ),
        "seconds": {name: [round(t, 4) for t in times[1:]] for name, times in seconds.items()},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main(SHAPES[sys.argv[1]])

"""The training step against Hugging Face's XLM, a plain JAX step and this machine's products.

    pip install torch transformers
    python -m benchmarks.training_step paper
    python -m benchmarks.training_step lab

`paper`: the paper's layers, 8 x 256 tokens, vocabulary 32,000, dropout 0.1. `lab`: a small model
of the kind that `configs/lab.py` trains, 8,192 tokens. Float32; masking, Adam and clipping are
included on all sides. Hugging Face computes the softmax at every position, as its model does; ours
at the masked ones. The contestants take turns in one process, and medians are compared.
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
from mlm_xling.training.masking import SELECTED
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
    """One call is one update of `XLMWithLMHeadModel` in float32."""
    import torch  # pyright: ignore[reportMissingImports]
    from transformers import (  # pyright: ignore[reportMissingImports]
        XLMConfig,
        XLMWithLMHeadModel,
    )

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
    ).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, eps=1e-6, weight_decay=0.01)
    streams = torch.tensor(ids).long()

    def step() -> None:
        selected = torch.rand(streams.shape) < SELECTED
        action = torch.rand(streams.shape)
        random_ids = torch.randint(0, shape.vocabulary, streams.shape)
        replaced = torch.where(action < 0.8, 5, torch.where(action < 0.9, random_ids, streams))
        inputs = torch.where(selected, replaced, streams)
        loss = model(inputs, labels=torch.where(selected, streams, -100)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()

    return step


def model_flops(shape: Shape) -> float:
    """Floating-point operations of the products of one of our updates, forward and backward."""
    width = shape.model.width
    layer = 4 * width**2 + 2 * width * shape.model.mlp + 2 * shape.length * width
    softmax = SELECTED * width * shape.vocabulary
    return 6 * shape.tokens * (shape.model.layers * layer + softmax)


def matrix_product() -> Callable[[], None]:
    """One call multiplies two 4096 x 4096 matrices."""
    matrix = jnp.ones((4096, 4096))
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
        "plain_jax": plain_step(shape.model, shape.vocabulary, ids),
        "matrix_product": matrix_product(),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(shape.rounds + 1):
        for name, call in contestants.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    product_rate = 2 * 4096**3 / median.pop("matrix_product")
    report = {
        "tokens_per_second": {name: round(shape.tokens / time, 1) for name, time in median.items()},
        "times_hugging_face": round(median["hugging_face"] / median["ours"], 3),
        "times_plain_jax": round(median["plain_jax"] / median["ours"], 3),
        "matrix_product_gflops": round(product_rate / 1e9, 1),
        "fraction_of_matrix_product_rate": round(
            model_flops(shape) / median["ours"] / product_rate, 3
        ),
        "seconds": {name: [round(t, 3) for t in times[1:]] for name, times in seconds.items()},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main(SHAPES[sys.argv[1]])

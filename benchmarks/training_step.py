"""The training step against Hugging Face's XLM and this machine's matrix products, in one run.

    pip install torch transformers
    python -m benchmarks.training_step

Paper layer shape, float32: 8 layers, width 768, 12 heads, vocabulary 32,000, 8 x 256 tokens,
dropout 0.1, masking, Adam and clipping included on both sides. Hugging Face computes the softmax
at every position, as its model does; ours at the masked ones. The two take turns, and medians are
compared.
"""

# ruff: noqa: E402
import json
import statistics
import time
from collections.abc import Callable

from mlm_xling.training.host_memory import keep_freed_memory

keep_freed_memory()  # As run_pretrain.py does, before JAX is imported; it serves both sides.

import jax
import jax.numpy as jnp
import numpy as np

from mlm_xling.config import Config, MeshConfig, ModelConfig, TrainingConfig
from mlm_xling.data.masking import SELECTED
from mlm_xling.data.streams import Batch
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program

VOCABULARY, BATCH, LENGTH, ROUNDS = 32_000, 8, 256, 5
MODEL = ModelConfig(dtype="float32")


def our_step(ids: np.ndarray) -> Callable[[], None]:
    """One call is one update of our program."""
    config = Config(
        languages=("en",),
        model=MODEL,
        training=TrainingConfig(groups=1, batch_size=BATCH, length=LENGTH),
    )
    program = make_program(config, VOCABULARY, make_mesh(MeshConfig()))
    state = program.init()
    batch = Batch(jnp.asarray(ids)[None], jnp.zeros(1, jnp.int32))

    def step() -> None:
        nonlocal state
        state, metrics = program.train(state, batch)
        jax.block_until_ready(metrics.loss)

    return step


def hugging_face_step(ids: np.ndarray) -> Callable[[], None]:
    """One call is one update of `XLMWithLMHeadModel` in float32."""
    import torch  # pyright: ignore[reportMissingImports]
    from transformers import (  # pyright: ignore[reportMissingImports]
        XLMConfig,
        XLMWithLMHeadModel,
    )

    model = XLMWithLMHeadModel(
        XLMConfig(
            vocab_size=VOCABULARY,
            emb_dim=MODEL.width,
            n_layers=MODEL.layers,
            n_heads=MODEL.heads,
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
        random_ids = torch.randint(0, VOCABULARY, streams.shape)
        replaced = torch.where(action < 0.8, 5, torch.where(action < 0.9, random_ids, streams))
        inputs = torch.where(selected, replaced, streams)
        loss = model(inputs, labels=torch.where(selected, streams, -100)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()

    return step


def model_flops() -> float:
    """Floating-point operations of the products of one of our updates, forward and backward."""
    tokens, width = BATCH * LENGTH, MODEL.width
    layer = 4 * width**2 + 2 * width * MODEL.mlp + 2 * LENGTH * width
    return 6 * (MODEL.layers * layer * tokens + SELECTED * tokens * width * VOCABULARY)


def matrix_product() -> Callable[[], None]:
    """One call multiplies two 4096 x 4096 matrices."""
    matrix = jnp.ones((4096, 4096))
    product = jax.jit(jnp.matmul)
    return lambda: jax.block_until_ready(product(matrix, matrix))


def main() -> None:
    """Prints the medians and their ratios as JSON."""
    ids = np.random.default_rng(0).integers(14, VOCABULARY, (BATCH, LENGTH)).astype(np.int32)
    contestants = {
        "ours": our_step(ids),
        "hugging_face": hugging_face_step(ids),
        "matrix_product": matrix_product(),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS + 1):
        for name, call in contestants.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    product_rate = 2 * 4096**3 / median["matrix_product"]
    report = {
        "tokens_per_second": {
            name: round(BATCH * LENGTH / median[name], 1) for name in ("ours", "hugging_face")
        },
        "ratio_to_hugging_face": round(median["hugging_face"] / median["ours"], 3),
        "matrix_product_gflops": round(product_rate / 1e9, 1),
        "fraction_of_matrix_product_rate": round(model_flops() / median["ours"] / product_rate, 3),
        "seconds": {name: [round(t, 3) for t in times[1:]] for name, times in seconds.items()},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

"""Settings that differ in learning rates alone: one after the other, or together under vmap.

    python -m benchmarks.finetuning_grid

The encoder of `configs/text.py` under a parser, batches of 32 rows of 2 x 32 tokens; seconds of
wall and of processor time for one update of three settings, the median of twelve.
"""

import json
import statistics
import time
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from configs.text import get_config
from mlm_xling.evaluation.finetuning import step
from mlm_xling.evaluation.finetuning.batching import Batch
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.heads import BiaffineParser
from mlm_xling.model.language_ids import same_ids

VOCABULARY, RELATIONS, REPEATS = 4_000, 36, 12
RATES = (2e-5, 3e-5, 5e-5)
ROWS, WINDOWS, LENGTH, WORDS = 32, 2, 32, 32


def made_up_batch() -> Batch:
    """Random tokens, heads and relations."""
    rng = np.random.default_rng(0)
    heads = (np.arange(1, WORDS + 1) + 1) % WORDS
    relations = rng.integers(RELATIONS, size=(ROWS, WORDS))
    return Batch(
        rng.integers(14, VOCABULARY, (ROWS, WINDOWS, LENGTH)).astype(np.int32),
        np.broadcast_to(np.arange(WORDS, dtype=np.int32), (ROWS, WORDS)),
        np.ones((ROWS, WORDS), bool),
        np.stack([np.broadcast_to(heads, relations.shape), relations], -1).astype(np.int32),
    )


def median_seconds(update: Callable[[], object]) -> dict[str, float]:
    """Processor seconds of one call, after a first that compiles."""
    jax.block_until_ready(update())
    wall, processor = [], []
    for _ in range(REPEATS):
        began = time.perf_counter(), time.process_time()
        jax.block_until_ready(update())
        wall.append(time.perf_counter() - began[0])
        processor.append(time.process_time() - began[1])
    return {"wall": statistics.median(wall), "processor": statistics.median(processor)}


def main() -> None:
    """Prints a line of JSON."""
    config = get_config()
    encoder = random_encoder(config, same_ids(VOCABULARY, config), seed=0)
    head = BiaffineParser(config.model.width, RELATIONS, nnx.Rngs(params=0))
    recipe = step.Recipe(nnx.graphdef(encoder), nnx.graphdef(head), "linear", 0.1, 1.0)
    batch, language = made_up_batch(), np.zeros(1, np.int32)
    rest = np.int32(1000), np.int32(0)
    one_rates = [step.Rates(rate, rate) for rate in RATES]
    rates = step.Rates(jnp.array(RATES), jnp.array(RATES))
    states = [step.start(recipe, encoder, head) for _ in one_rates]
    together = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)

    def one_after_the_other() -> list[step.TuneState]:
        for i, rate in enumerate(one_rates):
            states[i], _ = step.train(recipe, states[i], batch, language, rate, *rest)
        return states

    update = partial(step.train.__wrapped__, recipe)  # pyright: ignore[reportFunctionMemberAccess,reportAttributeAccessIssue]
    of_all = jax.jit(jax.vmap(update, in_axes=(0, None, None, 0, None, None)), donate_argnums=0)

    def at_once() -> step.TuneState:
        nonlocal together
        together, _ = of_all(together, batch, language, rates, *rest)
        return together

    times = {
        "sequential": median_seconds(one_after_the_other),
        "vmap": median_seconds(at_once),
    }
    print(json.dumps({"settings": len(RATES), "seconds": times}))


if __name__ == "__main__":
    main()

"""The lab's step with our products and with `einsum`, whose gradients CPUs do badly.

    python -m benchmarks.products
    taskset -c 0 python -m benchmarks.products

Both take turns in one process; medians, as JSON. The first losses must be equal.
"""

# ruff: noqa: E402
import json
import statistics
import time
from collections.abc import Callable
from functools import partial

from mlm_xling.training.host_memory import keep_freed_memory

keep_freed_memory()  # As run_pretrain.py does, before JAX is imported.

import jax
import jax.numpy as jnp

from configs.demo import get_config
from mlm_xling.data.streams import Batch
from mlm_xling.model import attention, layers
from mlm_xling.model.language_ids import same_ids
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program

ROUNDS = 150
PLACES = {
    "similarity_scores": (attention, partial(jnp.einsum, "bhqd,bhkd->bhqk")),
    "weighted_sums": (attention, partial(jnp.einsum, "bhqk,bhkd->bhqd")),
    "transform": (layers, jnp.matmul),
}
"""Where each product is used, and what it is by definition."""
OURS = {name: getattr(module, name) for name, (module, _) in PLACES.items()}
EINSUM = {name: definition for name, (_, definition) in PLACES.items()}


def step_with(products: dict[str, Callable]) -> Callable[[], float]:
    """Compiles the lab's step with these products; a call is an update and returns the loss."""
    config = get_config()
    shape = (config.training.groups, config.training.batch_size, config.training.length)
    for name, (module, _) in PLACES.items():
        setattr(module, name, products[name])
    program = make_program(config, same_ids(config.vocabulary.size, config), make_mesh(config.mesh))
    state = program.init()
    ids = jax.random.randint(jax.random.key(0), shape, 14, config.vocabulary.size)
    batch = jax.device_put(Batch(ids, jnp.arange(shape[0])), program.batch_shardings)

    def step() -> float:
        nonlocal state
        state, metrics = program.train(state, batch)
        return float(metrics.loss)

    return step


def main() -> None:
    """Prints milliseconds a step of both, and their ratio."""
    steps, seconds = {}, {}
    for name, products in {"einsum": EINSUM, "ours": OURS}.items():
        steps[name], seconds[name] = step_with(products), []
        print(json.dumps({"products": name, "first loss": steps[name]()}))
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - start)
    medians = {name: 1000 * statistics.median(taken) for name, taken in seconds.items()}
    ratio = medians["einsum"] / medians["ours"]
    print(
        json.dumps(
            {name: round(ms, 1) for name, ms in medians.items()} | {"ratio": round(ratio, 3)}
        )
    )


if __name__ == "__main__":
    main()

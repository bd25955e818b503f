"""What private parts cost: a step of Sep rows against the all-shared step, at equal shapes.

    python -m benchmarks.private_cost small
    python -m benchmarks.private_cost paper --compile_only

Two groups of two languages, disjoint ids, all in float32. Times are medians of steps taken in
turns, in processor seconds, which other work on the machine disturbs least. Memory is the
compiler's: arguments (parameters and moments) and temporaries of a step, beside what the added
parameters need at least, their moments and gradients included.
"""

# ruff: noqa: E402
import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from mlm_xling.training.host_memory import keep_freed_memory

keep_freed_memory()

import jax
import jax.numpy as jnp
import numpy as np

from configs.table1 import ROWS, scaled
from mlm_xling.config import Config, ModelConfig, TrainingConfig
from mlm_xling.data.streams import Batch
from mlm_xling.language_ids import LanguageIds
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import Program, make_program
from mlm_xling.vocabulary import SPECIALS

MEASURED = ("no_anchors", "sep_emb", "sep_l1_3", "sep_l1_6", "sep_emb_l1_3", "sep_emb_l1_6")
"""All shared first."""
SMALL = ModelConfig(heads=4, width=256, mlp=1024, dtype="float32")
SHAPES = {
    "small": (SMALL, 8_000, TrainingConfig(groups=2, batch_size=8, length=128)),
    "paper": (
        ModelConfig(dtype="float32"),
        80_000,
        TrainingConfig(groups=2, batch_size=8, length=256),
    ),
}
"""Model, ids of both languages together, groups of a step."""


def row_config(row: str, model: ModelConfig, training: TrainingConfig) -> Config:
    """A row's private parts in a model of the shape."""
    parts = ("embeddings",) if ROWS[row].embeddings else ()
    layers = range(1, scaled(ROWS[row].layers, model.layers) + 1)
    private = (*parts, *(f"layer_{i}" for i in layers))
    return Config(model=ModelConfig(**{**vars(model), "private": private}), training=training)


def halves(size: int, separate: bool) -> LanguageIds:
    """The ids after the specials, half for each language, or all for both."""
    everything = np.arange(size, dtype=np.int32)
    if not separate:
        return LanguageIds(size, (0, 0), (everything,))
    specials, middle = everything[:SPECIALS], (SPECIALS + size) // 2
    first, second = everything[SPECIALS:middle], everything[middle:]
    return LanguageIds(size, (0, 1), (np.append(specials, first), np.append(specials, second)))


def memory(program: Program, batch: Batch) -> dict[str, int]:
    """Bytes of a compiled step."""
    compiled = program.train.lower(program.abstract_state, batch).compile()  # pyright: ignore
    analysis = compiled.memory_analysis()
    return {
        "arguments": analysis.argument_size_in_bytes,
        "temporaries": analysis.temp_size_in_bytes,
    }


def parameter_bytes(program: Program) -> int:
    """Bytes of the parameters alone."""
    leaves: list[Any] = jax.tree.leaves(program.abstract_state.params)
    return sum(leaf.size * leaf.dtype.itemsize for leaf in leaves)


def stepper(program: Program, batch: Batch) -> Callable[[], None]:
    """One call is one update."""
    state = program.init()

    def step() -> None:
        nonlocal state
        state, metrics = program.train(state, batch)
        jax.block_until_ready(metrics.loss)

    return step


def main() -> None:
    """Prints times, memory and their ratios as JSON, a row a line."""
    parser = argparse.ArgumentParser(description="What private parts cost.")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--compile_only", action="store_true", help="memory, no times")
    arguments = parser.parse_args()
    model, vocabulary, training = SHAPES[arguments.shape]
    shape = (training.groups, training.batch_size, training.length)
    batch = Batch(jax.random.randint(jax.random.key(0), shape, 14, vocabulary), jnp.arange(2))
    programs = {}
    for row in MEASURED:
        config = row_config(row, model, training)
        ids = halves(vocabulary, separate=bool(config.model.private))
        programs[row] = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:1]))
    seconds = {} if arguments.compile_only else times(programs, batch, arguments.rounds)
    shared, held = programs[MEASURED[0]], memory(programs[MEASURED[0]], batch)
    for row, program in programs.items():
        own = memory(program, batch)
        added = parameter_bytes(program) - parameter_bytes(shared)
        report = {
            "row": row,
            "mebibytes": {name: round(count / 2**20, 1) for name, count in own.items()},
            "growth_mebibytes": round((sum(own.values()) - sum(held.values())) / 2**20, 1),
            "added_parameters_x4_mebibytes": round(4 * added / 2**20, 1),
        }
        if seconds:
            report["seconds"] = round(seconds[row], 3)
            report["ratio"] = round(seconds[row] / seconds[MEASURED[0]], 3)
        print(json.dumps(report), flush=True)


def times(programs: dict[str, Program], batch: Batch, rounds: int) -> dict[str, float]:
    """Median processor seconds of a step of each program, all taking turns."""
    steps = {row: stepper(program, batch) for row, program in programs.items()}
    taken: dict[str, list[float]] = {row: [] for row in steps}
    for _ in range(rounds + 1):
        for row, step in steps.items():
            start = time.process_time()
            step()
            taken[row].append(time.process_time() - start)
    return {row: statistics.median(measured[1:]) for row, measured in taken.items()}


if __name__ == "__main__":
    main()

"""What private parts cost: a step of Sep rows against the all-shared step, at equal shapes.

    python -m benchmarks.private_cost lab
    python -m benchmarks.private_cost small
    python -m benchmarks.private_cost paper --compile_only

Two groups of two languages, disjoint ids, in float32 on a CPU. Times are medians of steps taken in
turns, in processor seconds, which other work on the machine disturbs least. What private parts cost
is a cost of parameters (their gather, and Adam on more of them), so it weighs the less the more
tokens a step has. Memory is the compiler's: arguments (parameters and moments) and temporaries of a
step, beside four times the added parameters (with moments and gradients) and two times the private
parameters of the step's groups (their slices, and the gradients of these).
"""

# ruff: noqa: E402
import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mlm_xling.training.host_memory import keep_freed_memory

keep_freed_memory()

import jax
import jax.numpy as jnp
import numpy as np

from configs.demo import get_config
from configs.table1 import ROWS
from mlm_xling.config import Config, DataConfig, ModelConfig, TrainingConfig
from mlm_xling.config.checks import resolve
from mlm_xling.data.streams import Batch
from mlm_xling.model.language_ids import LanguageIds
from mlm_xling.model.sharing import is_private
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import Program, make_program
from mlm_xling.vocabulary import SPECIALS

MEASURED = ("no_anchors", "sep_emb", "sep_l1_3", "sep_l1_6", "sep_emb_l1_3", "sep_emb_l1_6")
"""All shared first."""
SMALL = ModelConfig(heads=4, width=256, mlp=1024, dtype="float32")
SHAPES = {
    "lab": (
        get_config().model,
        2_000,
        TrainingConfig(groups=2, batch_size=32, length=32),
    ),
    "small": (SMALL, 8_000, TrainingConfig(groups=2, batch_size=16, length=128)),
    "paper": (
        ModelConfig(dtype="float32"),
        80_000,
        TrainingConfig(groups=2, batch_size=8, length=256),
    ),
}
"""Model, ids of both languages together, groups of a step."""


def row_config(row: str, model: ModelConfig, training: TrainingConfig) -> Config:
    """A row's private parts in a model of the shape."""
    model = replace(model, private=ROWS[row].private)
    data = DataConfig(source="lab")
    return resolve(Config(("a", "b"), data=data, model=model, training=training))


def halves(size: int, separate: bool) -> LanguageIds:
    """The ids after the specials, half for each language, or all for both."""
    everything = np.arange(size, dtype=np.int32)
    if not separate:
        return LanguageIds(size, (0, 0), (everything,))
    specials, middle = everything[:SPECIALS], (SPECIALS + size) // 2
    first, second = everything[SPECIALS:middle], everything[middle:]
    return LanguageIds(size, (0, 1), (np.append(specials, first), np.append(specials, second)))


def memory(step: Any) -> dict[str, int]:
    """Bytes of a compiled step."""
    analysis = step.memory_analysis()
    return {
        "arguments": analysis.argument_size_in_bytes,
        "temporaries": analysis.temp_size_in_bytes,
    }


def parameter_bytes(program: Program) -> int:
    """Bytes of the parameters alone."""
    leaves: list[Any] = jax.tree.leaves(program.abstract_state.params)
    return sum(leaf.size * leaf.dtype.itemsize for leaf in leaves)


def slice_bytes(program: Program) -> int:
    """Bytes of the private parameters that two groups of two languages look at."""
    leaves: list[Any] = jax.tree_util.tree_leaves_with_path(program.abstract_state.params)
    return sum(leaf.size * leaf.dtype.itemsize for path, leaf in leaves if is_private(path))


def repeater(program: Program, step: Any, batch: Batch) -> Callable[[], None]:
    """One call is one update."""
    state = program.init()

    def update() -> None:
        nonlocal state
        state, metrics = step(state, batch)
        jax.block_until_ready(metrics.loss)

    return update


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
    programs, steps = {}, {}
    for row in MEASURED:
        config = row_config(row, model, training)
        ids = halves(vocabulary, separate=bool(config.model.private))
        program = make_program(config, ids, make_mesh(config.mesh, jax.devices()[:1]))
        lowered: Any = program.train.lower(program.abstract_state, batch)  # pyright: ignore
        programs[row], steps[row] = program, lowered.compile()
    seconds = {}
    if not arguments.compile_only:
        updates = {row: repeater(programs[row], steps[row], batch) for row in MEASURED}
        seconds = times(updates, arguments.rounds)
    shared, held = programs[MEASURED[0]], memory(steps[MEASURED[0]])
    for row, program in programs.items():
        own = memory(steps[row])
        added = parameter_bytes(program) - parameter_bytes(shared)
        report = {
            "row": row,
            "mebibytes": {name: round(count / 2**20, 1) for name, count in own.items()},
            "growth_mebibytes": round((sum(own.values()) - sum(held.values())) / 2**20, 1),
            "expected_mebibytes": round((4 * added + 2 * slice_bytes(program)) / 2**20, 1),
        }
        if seconds:
            report["seconds"] = round(seconds[row], 3)
            report["ratio"] = round(seconds[row] / seconds[MEASURED[0]], 3)
        print(json.dumps(report), flush=True)


def times(updates: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Median processor seconds of an update of each row, all taking turns."""
    taken: dict[str, list[float]] = {row: [] for row in updates}
    for _ in range(rounds + 1):
        for row, update in updates.items():
            start = time.process_time()
            update()
            taken[row].append(time.process_time() - start)
    return {row: statistics.median(measured[1:]) for row, measured in taken.items()}


if __name__ == "__main__":
    main()

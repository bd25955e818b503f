"""What a compiled training step moves between a TPU's chip and its memory, by kind.

    python -m benchmarks.step_bytes              # the paper's step: ten minutes of one core
    python -m benchmarks.step_bytes --layers=2   # two layers of it: two minutes

The sum is what plans show. XLA's own count, printed above it, has what stays on the chip, too.
"""

import argparse
import os
import re
from collections import Counter

# Shapes are all that a plan computes with.
os.environ["JAX_PLATFORMS"] = "cpu"

from configs import paper
from mlm_xling.config.checks import resolve
from mlm_xling.model.language_ids import expected_ids
from mlm_xling.planning.compiling import slice_devices
from mlm_xling.planning.moved import moved
from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.step_cost import step_inputs
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program

_KINDS = {
    "prefetches": r"^(slice|copy)-start ",
    "embeddings, softmax and their Adam": r"\b80000\b",
    "attention: scores": r"256,256\]",
    "feed-forward": r"\b3072\b",
    "attention: queries, keys, values": r"2304\b|3,96,12|12,(256,)?64\]|3,12,64",
}
"""The first pattern that a kind's operations fit; what is left are residual sums and norms."""


def main() -> None:
    """Prints a table in Markdown, and XLA's counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--slice", default="v5e:2x4")
    flags = parser.parse_args()
    config = paper.get_config("en-fr/default")
    config.model.layers, config.model.dtype = flags.layers, "bfloat16"
    config = resolve(config)
    mesh = make_mesh(config.mesh, slice_devices(read_slice(flags.slice)))
    program = make_program(config, expected_ids(config), mesh)
    compiled = program.train.lower(*step_inputs(program, config)).compile()  # pyright: ignore[reportFunctionMemberAccess]
    counted = compiled.cost_analysis() or {}
    print(f"{counted['flops'] / 1e12:.2f} TFLOP, {counted['bytes accessed'] / 1e9:.1f} GB by XLA")
    print_kinds(moved_by_kind(compiled.as_text() or ""))


def print_kinds(by_kind: Counter[str]) -> None:
    """A line for each kind, the largest first."""
    print("| | GB |\n|---|---|")
    for kind, size in [*by_kind.most_common(), ("all", by_kind.total())]:
        print(f"| {kind} | {size / 1e9:.1f} |")


def moved_by_kind(program: str) -> Counter[str]:
    """Sums the bytes that each kind of operation reads and writes in the device's memory."""
    total: Counter[str] = Counter()
    for each in moved(program):
        fits = (kind for kind, pattern in _KINDS.items() if re.search(pattern, each.operation))
        total[next(fits, "residual sums, norms and the rest")] += each.bytes
    return total


if __name__ == "__main__":
    main()

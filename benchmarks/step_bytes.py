"""What a compiled training step moves between a TPU's chip and its memory, by kind.

    python -m benchmarks.step_bytes              # the paper's step: ten minutes of one core
    python -m benchmarks.step_bytes --layers=2   # two layers of it: two minutes

XLA's own count, which plans show, also has what stays on the chip, where its compiler prefetches
and keeps arrays: 96.7 GB of the paper's step without kernels, of which 63.9 reached the memory.
"""

import argparse
import math
import os
import re
from collections import Counter
from collections.abc import Iterator

# Shapes are all that a plan computes with.
os.environ["JAX_PLATFORMS"] = "cpu"

from configs import paper
from mlm_xling.config.checks import resolve
from mlm_xling.model.language_ids import expected_ids
from mlm_xling.planning.compiling import slice_devices
from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.step_cost import step_inputs
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program

_LINE = re.compile(r"\s+(?:ROOT )?%([\w.\-]+) = (.*)")
_ARRAY = re.compile(r"\b(pred|bf16|[suf]\d+)\[([\d,]*)\](?:\{([^}]*)\})?")
_OPERATION = re.compile(r"(?:^|[\s)}])([a-z][a-z\-]*)\((.*)")
_FREE = {"parameter", "get-tuple-element", "tuple", "bitcast", "constant"}
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


def print_kinds(moved: Counter[str]) -> None:
    """A line for each kind, the largest first."""
    print("| | GB |\n|---|---|")
    for kind, size in [*moved.most_common(), ("all", moved.total())]:
        print(f"| {kind} | {size / 1e9:.1f} |")


def moved_by_kind(program: str) -> Counter[str]:
    """Sums the bytes that each kind of operation reads and writes in the device's memory."""
    moved: Counter[str] = Counter()
    for described, size in _operations(program):
        fits = (kind for kind, pattern in _KINDS.items() if re.search(pattern, described))
        moved[next(fits, "residual sums, norms and the rest")] += size
    return moved


def _operations(program: str) -> Iterator[tuple[str, int]]:
    """What each operation is and takes, and its bytes."""
    entry = program[program.index("\nENTRY") :]
    results: dict[str, str] = {}
    for name, rest in _LINE.findall(entry[: entry.index("\n}")]):
        found = _OPERATION.search(rest)
        if found is None:
            continue
        result, (operation, operands) = rest[: found.start(1)], found.groups()
        results[name] = result
        if operation in _FREE or operation.endswith("-done"):
            continue
        taken = re.findall(r"%([\w.\-]+)", operands.split("), ")[0])
        arrays = [result, *(results.get(operand, "") for operand in taken)]
        described = f"{operation} {' '.join(arrays)}"
        yield described, _prefetched(result) if "-start" in operation else _size(" ".join(arrays))


def _prefetched(result: str) -> int:
    """Bytes of one side; the first array of `slice-start` is the whole that is sliced."""
    return min(map(_whole_size, filter(lambda array: array[1], _ARRAY.findall(result))))


def _size(arrays: str) -> int:
    """Bytes of arrays in the device's memory; S(1) is on the chip."""
    return sum(_whole_size(array) for array in _ARRAY.findall(arrays) if "S(" not in array[2])


def _whole_size(array: tuple[str, str, str]) -> int:
    name, shape, _ = array
    width = 1 if name == "pred" else int(re.sub(r"\D", "", name)) // 8
    return width * math.prod(int(size) for size in shape.split(",") if size)


if __name__ == "__main__":
    main()

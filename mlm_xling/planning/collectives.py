"""Communication between devices in a step, from a compiled program or derived by hand.

Sent bytes are those that each device sends in a ring of n: 2 (n - 1) / n of an array for an
all-reduce, (n - 1) / n for an all-gather, a reduce-scatter and an all-to-all.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mlm_xling.planning.arrays import bytes_in

_OPERATION = re.compile(
    r"= (.+?) (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(-start)?\((.*)"
)
_COMPUTATION = re.compile(r"\S.*\{$")
_SCATTERED = "%all-reduce-scatter"
"""libtpu's name of a reduce-scatter, a fusion of an all-reduce and the slice kept from it."""
_CHAIN = re.compile(r'channel_id=(\d+),.*chain_id="(\d+)"')
"""Identifies a collective that is split over several fusions."""
_MESH = re.compile(r"replica_groups=mesh\[([^\]]*)\] ?\{([^}]*)\}")
_IOTA = re.compile(r"replica_groups=\[\d+,(\d+)\]")
_LISTED = re.compile(r"replica_groups=\{\{([\d,]+)\}")


@dataclass(frozen=True)
class Collective:
    """All operations of one kind in a step."""

    kind: str
    """XLA's name of the operation, such as `all-reduce`."""
    count: int
    array_bytes: int
    """Size of the whole arrays that each device helps to reduce, gather or forward."""
    sent_bytes: float
    """Bytes that each device sends over its links."""


def compiled_collectives(program: str, devices: int) -> tuple[Collective, ...]:
    """Counts the collectives in the text of a compiled XLA program.

    Each is counted once, even if it is split over several fusions to overlap with other work; the
    training step has none in a loop.

    Args:
      devices: number of devices that run the program.
    """
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    chains = set()
    scattered = False
    for line in program.splitlines():
        if _COMPUTATION.match(line):
            scattered = line.startswith(_SCATTERED)
        if match := _OPERATION.search(line):
            result, kind, start, rest = match.groups()
            if chain := _CHAIN.search(rest):
                if chain.groups() in chains:
                    continue
                chains.add(chain.groups())
            together = _group_size(rest, devices)
            array = _array_bytes(kind, bytes_in(result), together, started=bool(start))
            if scattered and kind == "all-reduce":
                kind = "reduce-scatter"
            found[kind].append((array, sent(kind, array, together)))
    return tuple(
        Collective(kind, len(sizes), *map(sum, zip(*sizes, strict=True)))
        for kind, sizes in sorted(found.items())
    )


def expected_collectives(
    shared: int, private: int, slices: int, activations: int, layers: int, mesh: Mapping[str, int]
) -> tuple[Collective, ...]:
    """Derives the communication of a mesh where no compiler is available.

    `data` sums gradients; `fsdp` gathers shared parameters for the forward and the backward pass,
    and reduce-scatters their gradients; of private ones it exchanges what the groups need, then
    its gradients; `tensor` sums activations after attention and after the feed-forward part,
    forward and backward.

    Args:
      shared: size of the shared parameters in bytes.
      private: size of the private parameters of all owners.
      slices: size of the private parameters that the groups of a device need.
      activations: size of one layer's output on a device in bytes.
      mesh: number of devices along each axis.
    """
    fsdp, tensor = mesh["fsdp"], mesh["tensor"]
    expected = (
        ("all-gather", 2, shared // tensor, fsdp),
        ("all-reduce", 1, (shared + private) // tensor // fsdp, mesh["data"]),
        ("all-reduce", 4 * layers, activations, tensor),
        ("all-to-all", 2, slices // tensor, fsdp),
        ("reduce-scatter", 1, shared // tensor, fsdp),
    )
    return tuple(
        Collective(kind, count, count * array, count * sent(kind, array, together))
        for kind, count, array, together in expected
        if together > 1 and array > 0
    )


def sent(kind: str, array: int, together: int) -> float:
    """Returns the bytes that each of `together` devices in a ring sends."""
    if kind == "collective-permute":
        return float(array)
    return (2 if kind == "all-reduce" else 1) * array * (together - 1) / together


def _array_bytes(kind: str, result: int, together: int, started: bool) -> int:
    """Returns the whole arrays' size; operations split in two list operands as results, too."""
    if kind == "reduce-scatter":
        return result * together
    if started and kind == "all-gather":
        return result * together // (together + 1)
    if started and kind == "collective-permute":
        return result // 2
    return result


def _group_size(attributes: str, devices: int) -> int:
    """Returns how many devices communicate; all, if the operation does not specify groups."""
    if mesh := _MESH.search(attributes):
        sizes = {name: int(size) for name, size in re.findall(r"'([^']+)'=(\d+)", mesh[1])}
        # Part of an axis has its size appended: 'axis_0':(2)4.
        axes = re.findall(r"'([^']+)'(?::\(\d+\)(\d+))?", mesh[2])
        return math.prod(int(part) if part else sizes[name] for name, part in axes)
    if iota := _IOTA.search(attributes):
        return int(iota[1])
    if listed := _LISTED.search(attributes):
        return len(listed[1].split(","))
    return devices

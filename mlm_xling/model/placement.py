"""Which mesh axis divides which array axis."""

from collections.abc import Sequence

import jax
from jax.sharding import AbstractMesh, PartitionSpec

DATA, FSDP, PARTS = "data", "fsdp", "tensor"
"""Axes of the mesh: the second also divides widths, the third heads and the vocabulary."""
STREAMS = DATA, FSDP
"""Axes of the mesh over which streams are divided."""
RULES = {
    # Activations: a device holds the languages of its own groups.
    "group": STREAMS,
    # Parameters.
    "embed": FSDP,
    "vocab": PARTS,
    "heads": PARTS,
    "mlp": PARTS,
}
"""Mesh axis of each logical axis; axes not listed are not split."""


def placement(axes: Sequence[str | None]) -> PartitionSpec:
    """Returns how an array with these logical axes is partitioned."""
    return PartitionSpec(*(RULES.get(axis) if axis else None for axis in axes))


def within_group(mesh: AbstractMesh) -> AbstractMesh:
    """Returns the mesh as seen within a group: other groups occupy all axes that divide streams."""
    if mesh.empty:
        return mesh
    parts = mesh.shape[PARTS]
    return AbstractMesh((mesh.size // parts, parts), ("groups", PARTS), mesh.axis_types[-2:])


def heads_are_divided() -> bool:
    """Returns whether the heads are divided among devices."""
    return jax.sharding.get_abstract_mesh().shape.get(PARTS, 1) > 1

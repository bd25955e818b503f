"""Which axis of the mesh divides which axis of an array."""

from collections.abc import Sequence

import jax
from jax.sharding import AbstractMesh, PartitionSpec

DATA, FSDP, PARTS = "data", "fsdp", "tensor"
"""Axes of the mesh: the second divides widths, too, the third heads and the vocabulary."""
STREAMS = DATA, FSDP
"""Axes of the mesh over which streams are divided."""
RULES = {
    # Activations: a device sees the languages of its own groups.
    "group": STREAMS,
    # Parameters.
    "embed": FSDP,
    "vocab": PARTS,
    "heads": PARTS,
    "mlp": PARTS,
}
"""Mesh axis of each logical axis; one that is not listed is not split."""


def placement(axes: Sequence[str | None]) -> PartitionSpec:
    """Says how an array with these logical axes is divided."""
    return PartitionSpec(*(RULES.get(axis) if axis else None for axis in axes))


def within_group(mesh: AbstractMesh) -> AbstractMesh:
    """Gives the mesh as a group sees it: other groups take up all axes that divide streams."""
    if mesh.empty:
        return mesh
    parts = mesh.shape[PARTS]
    return AbstractMesh((mesh.size // parts, parts), ("groups", PARTS), mesh.axis_types[-2:])


def heads_are_divided() -> bool:
    """Tells whether each device has some of the heads."""
    return jax.sharding.get_abstract_mesh().shape.get(PARTS, 1) > 1

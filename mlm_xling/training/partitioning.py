"""Array placement: one mesh, one table from logical axes to mesh axes."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from flax import nnx
from flax.traverse_util import unflatten_dict
from jax.experimental.mesh_utils import create_device_mesh, create_hybrid_device_mesh
from jax.sharding import AbstractMesh, AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import PyTree

from mlm_xling.config import MeshConfig, TrainingConfig
from mlm_xling.errors import InputError
from mlm_xling.model.placement import placement

AnyMesh = Mesh | AbstractMesh
_AXIS_TYPES = (AxisType.Auto,) * 3


def make_mesh(config: MeshConfig, devices: Sequence[Any] | None = None) -> Mesh:
    """Creates the mesh `(data, fsdp, tensor)` over `devices`, by default those of all hosts.

    Raises:
      InputError: the product of the sizes is not the number of devices, or see `arranged`.
    """
    devices = jax.devices() if devices is None else devices
    shape = mesh_shape(config, len(devices))
    return Mesh(arranged(shape, devices), tuple(shape), axis_types=_AXIS_TYPES)


def arranged(shape: Mapping[str, int], devices: Sequence[Any]) -> np.ndarray:
    """Returns the devices in the shape of a mesh, those that exchange most next to each other.

    `jax.make_mesh` cannot be used: it refuses several GPU hosts and several TPU slices, and axes
    that are not whole axes of a TPU slice.

    Raises:
      InputError: several TPU slices do not divide the data axis.
    """
    sizes, tpus = tuple(shape.values()), [each for each in devices if each.platform == "tpu"]
    # The compiler's description of a slice does not number it.
    slices = len({getattr(each, "slice_index", 0) for each in tpus})
    if slices <= 1:
        return create_device_mesh(sizes, devices, allow_split_physical_axes=True)
    data, *within = sizes
    if data % slices:
        raise InputError(
            f"config.mesh: data={data} is not divisible by the {slices} slices of TPUs; fsdp and "
            "tensor have to fit into a slice, as links between slices are slow"
        )
    between = (slices, *(1 for _ in within))
    return create_hybrid_device_mesh(
        (data // slices, *within), between, devices, allow_split_physical_axes=True
    )


def imagined_mesh(config: MeshConfig, devices: int) -> AbstractMesh:
    """Creates the mesh of `make_mesh` without devices, for placing abstract arrays.

    Raises:
      InputError: as `make_mesh`.
    """
    shape = mesh_shape(config, devices)
    return AbstractMesh(tuple(shape.values()), tuple(shape), _AXIS_TYPES)


def mesh_shape(config: MeshConfig, devices: int) -> dict[str, int]:
    """Divides a number of devices among the mesh axes.

    Raises:
      InputError: the product of the sizes is not the number of devices.
    """
    fixed = config.fsdp * config.tensor
    data = devices // fixed if config.data == -1 else config.data
    if data * fixed != devices:
        raise InputError(
            f"config.mesh: data={config.data} x fsdp={config.fsdp} x tensor={config.tensor} "
            f"does not make {devices} devices"
        )
    return {"data": data, "fsdp": config.fsdp, "tensor": config.tensor}


def require_groups(training: TrainingConfig, mesh: AnyMesh) -> None:
    """Checks that a step's groups divide evenly among the devices.

    Raises:
      InputError: they do not; suggests sizes with as many tokens per step, if there are any.
    """
    split = mesh.shape["data"] * mesh.shape["fsdp"]
    if training.groups % split:
        sequences = training.groups * training.batch_size
        instead = (
            f"; groups={split} and batch_size={sequences // split} read as many tokens a step"
            if sequences % split == 0
            else ""
        )
        raise InputError(
            f"config.training.groups={training.groups}: not divisible by the {split} devices of "
            f"config.mesh.data x config.mesh.fsdp{instead}"
        )


def sharding(mesh: AnyMesh, *axes: str | None) -> NamedSharding:
    """Returns the sharding of an array with these logical axes."""
    return NamedSharding(mesh, placement(axes))


def parameter_shardings(mesh: AnyMesh, state: nnx.State) -> PyTree[NamedSharding]:
    """Returns the sharding of each parameter of a (possibly abstract) state, as a nested dict.

    Raises:
      InputError: a dimension is not divisible by the number of devices along its mesh axis.
    """

    def of(path: tuple[Any, ...], variable: nnx.Variable) -> NamedSharding:
        placed = sharding(mesh, *variable.get_metadata("axes"))
        for size, axis in zip(variable.shape, placed.spec, strict=True):
            if isinstance(axis, str) and size % mesh.shape[axis]:
                raise InputError(
                    f"config.mesh.{axis}: {mesh.shape[axis]} devices do not divide an axis of "
                    f"{size} in parameter {'/'.join(map(str, path))}"
                )
        return placed

    return unflatten_dict({path: of(path, variable) for path, variable in nnx.to_flat_state(state)})


def like_parameters(
    tree: PyTree, params: PyTree[Any], shardings: PyTree[NamedSharding], mesh: AnyMesh
) -> PyTree[NamedSharding]:
    """Returns shardings for a tree of copies of `params` (optimizer moments) and scalars.

    A leaf is placed like the parameter whose path is a suffix of its own; others are replicated.
    """
    by_path = {
        jax.tree_util.keystr(path): (leaf.shape, placed)
        for (path, leaf), placed in zip(
            jax.tree_util.tree_leaves_with_path(params), jax.tree.leaves(shardings), strict=True
        )
    }

    def of(path, leaf):
        for start in range(len(path)):
            shape, placed = by_path.get(jax.tree_util.keystr(path[start:]), ((), None))
            if placed is not None and shape == leaf.shape:
                return placed
        return NamedSharding(mesh, PartitionSpec())

    return jax.tree_util.tree_map_with_path(of, tree)

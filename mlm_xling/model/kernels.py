"""Common code of the kernels: where they run, and products inside them."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.experimental import pallas as pl
from jax.experimental.pallas import tpu as pltpu
from jax.sharding import AbstractMesh
from jaxtyping import Array

from mlm_xling.model.placement import DATA, PARTS, STREAMS

LANES = 128
"""Width of a TPU's vector registers, in numbers."""
_MEMORY = 100 * 2**20
"""Bytes of on-chip memory that a kernel may request; these kernels request about half."""
_SMALL = "TPU v2", "TPU v3", "TPU v4"
"""Chips with a sixth of that memory."""


def divides(streams: int, parts: int = 0) -> bool:
    """Returns whether there is a mesh over which kernels can be divided evenly.

    XLA cannot partition a kernel, so without a mesh for explicit partitioning no kernel is used.
    Evaluators run without a mesh, and a group of a private part on one that has no stream axes.
    """
    mesh = jax.sharding.get_abstract_mesh()
    device = mesh.abstract_device
    if DATA not in mesh.shape:
        return False
    if device is not None and device.device_kind in _SMALL:
        return False
    return streams % stream_devices(mesh) == parts % mesh.shape[PARTS] == 0


def stream_devices(mesh: AbstractMesh) -> int:
    """Returns the number of devices over which streams are divided."""
    return math.prod(mesh.shape[axis] for axis in STREAMS)


def product(left: Array, right: Array, contracted: tuple[int, int] = (1, 0)) -> Array:
    """Multiplies two matrices over one axis of each, accumulating in float32."""
    dimensions = (((contracted[0],), (contracted[1],)), ((), ()))
    return jax.lax.dot_general(left, right, dimensions, preferred_element_type=jnp.float32)


def cost(flops: int, exponentials: int, arrays: Sequence[Any]) -> pl.CostEstimate:
    """Returns the cost estimate, for XLA, of a kernel that reads or writes each array once."""
    moved = sum(math.prod(array.shape) * array.dtype.itemsize for array in arrays)
    return pl.CostEstimate(flops=flops, transcendentals=exponentials, bytes_accessed=moved)


def grid_order(*order: Literal["parallel", "arbitrary"]) -> pltpu.CompilerParams:
    """Declares the steps along each axis of a kernel's grid as `parallel` or `arbitrary`."""
    return pltpu.CompilerParams(dimension_semantics=order, vmem_limit_bytes=_MEMORY)

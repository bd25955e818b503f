"""What the kernels have in common: where they run, and products inside them."""

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
"""Numbers in a row of a TPU's registers."""
_MEMORY = 100 * 2**20
"""Bytes on the chip that a kernel may ask for; these ask for about half."""
_SMALL = "TPU v2", "TPU v3", "TPU v4"
"""Chips with a sixth of that."""


def divides(streams: int, parts: int = 0) -> bool:
    """Tells whether there is a mesh for kernels, and all of its devices have as much as the others.

    XLA cannot divide a kernel, so without a mesh to divide it by hand there is none. Evaluators
    compute without one, and a group of a private part on one that shows no streams.
    """
    mesh = jax.sharding.get_abstract_mesh()
    device = mesh.abstract_device
    if DATA not in mesh.shape:
        return False
    if device is not None and device.device_kind in _SMALL:
        return False
    return streams % stream_devices(mesh) == parts % mesh.shape[PARTS] == 0


def stream_devices(mesh: AbstractMesh) -> int:
    """Counts the devices over which streams are divided."""
    return math.prod(mesh.shape[axis] for axis in STREAMS)


def product(left: Array, right: Array, contracted: tuple[int, int] = (1, 0)) -> Array:
    """Multiplies two matrices over an axis of each, sums in float32."""
    dimensions = (((contracted[0],), (contracted[1],)), ((), ()))
    return jax.lax.dot_general(left, right, dimensions, preferred_element_type=jnp.float32)


def cost(flops: int, exponentials: int, arrays: Sequence[Any]) -> pl.CostEstimate:
    """What XLA is told of a kernel that reads or writes each of its arrays once."""
    moved = sum(math.prod(array.shape) * array.dtype.itemsize for array in arrays)
    return pl.CostEstimate(flops=flops, transcendentals=exponentials, bytes_accessed=moved)


def grid_order(*order: Literal["parallel", "arbitrary"]) -> pltpu.CompilerParams:
    """Says of each axis of a kernel's grid whether its steps are `parallel` or `arbitrary`."""
    return pltpu.CompilerParams(dimension_semantics=order, vmem_limit_bytes=_MEMORY)

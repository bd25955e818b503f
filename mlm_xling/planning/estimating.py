"""Estimate of a step's cost from its trace, for devices without a compiler.

FLOPs are those of matrix products. A fusing compiler is assumed to write and read operands and
results of products and reductions, the rows that gathers take and scatters add to, and nothing
between them. Between the two passes a device holds everything that automatic differentiation keeps,
and then the gradients.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax.extend.core import ClosedJaxpr, Jaxpr
from jaxtyping import Array, PyTree

from mlm_xling.config import Config
from mlm_xling.data.streams import Batch
from mlm_xling.model.functions import key_of
from mlm_xling.model.language_ids import expected_ids, private_owners
from mlm_xling.model.sharing import is_private
from mlm_xling.planning.collectives import Collective, expected_collectives
from mlm_xling.planning.slices import Slice
from mlm_xling.planning.step_cost import StepCost, memory_of
from mlm_xling.planning.waiting import waiting
from mlm_xling.training.masking import Masked, target_cap
from mlm_xling.training.partitioning import imagined_mesh
from mlm_xling.training.step import Program, make_program, target_losses

_HEAVY = ("dot_general", "reduce_", "argmax", "argmin", "cumsum", "sort")
_ADAM = 7
"""Multiple of the parameters' bytes: they and two moments are read and written, gradients read."""


def estimated_step(config: Config, wanted: Slice) -> StepCost:
    """Traces the loss and its gradient on the groups of one device, without compiling.

    The axis `tensor` is assumed to divide all the work.

    Raises:
      InputError: the mesh does not divide the devices, or the model.
    """
    mesh = imagined_mesh(config.mesh, wanted.devices)
    program = make_program(config, expected_ids(config), mesh)
    params = program.abstract_state.params
    loss = _loss_on_a_device(program, config, mesh.shape)
    split = mesh.shape["tensor"]
    state = memory_of(program, config, temporaries=0)
    with waiting(wanted):
        flops, moved = work(jax.make_jaxpr(jax.value_and_grad(loss))(params).jaxpr)
        kept = kept_bytes(loss, params) // split
    return StepCost(
        # Gradients are as large as parameters.
        dataclasses.replace(state, temporaries=kept + state.parameters),
        flops / split,
        moved / split + _ADAM * state.parameters,
        _collectives(params, config, mesh.shape),
    )


def kept_bytes(loss: Callable[[PyTree], Array], params: PyTree) -> int:
    """Returns the bytes that automatic differentiation keeps from the forward pass."""
    _, pullback = jax.eval_shape(lambda params: jax.vjp(loss, params), params)
    return _bytes(jax.tree.leaves(pullback))


def work(jaxpr: Jaxpr) -> tuple[float, float]:
    """Sums the FLOPs and the bytes of all heavy operations, including those of inner programs."""
    flops = moved = 0.0
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        times = equation.params["length"] if name == "scan" else 1
        for inner in _programs(_on_a_gpu(equation.params)):
            inner_flops, inner_moved = work(inner)
            flops, moved = flops + times * inner_flops, moved + times * inner_moved
        if name == "dot_general":
            flops += _product_flops(equation)
        moved += _moved(
            name, *([v.aval for v in end] for end in (equation.invars, equation.outvars))
        )
    return flops, moved


def _moved(operation: str, taken: list[Any], made: list[Any]) -> int:
    """Returns the bytes that an operation reads and writes."""
    if operation == "gather":  # It reads the rows that it makes, not the array that has them.
        return _bytes([*taken[1:], *made, *made])
    if operation.startswith("scatter"):  # It fills a new array, and reads and replaces rows of it.
        rows = taken[2]
        return _bytes([*taken[1:], rows, rows, *made])
    return _bytes([*taken, *made]) if operation.startswith(_HEAVY) else 0


def _loss_on_a_device(
    program: Program, config: Config, mesh: Mapping[str, int]
) -> Callable[[PyTree], Array]:
    """Returns the loss of one device's groups, as a function of the parameters."""
    groups, size, length = _share(config, mesh)
    targets = groups, target_cap(size * length, config.training.masking_rate)

    def loss(params: PyTree) -> Array:
        ids, places = (jnp.zeros(shape, jnp.int32) for shape in ((groups, size, length), targets))
        masked = Masked(ids, places, places, jnp.ones(targets), jnp.zeros((), jnp.int32))
        batch = Batch(ids, jnp.zeros(groups, jnp.int32))
        encoder = nnx.merge(program.graph, params)
        return target_losses(encoder, batch, masked, key_of(0)).sum()

    return loss


def _share(config: Config, mesh: Mapping[str, int]) -> tuple[int, int, int]:
    """Returns groups per device, sequences per group, and tokens per sequence."""
    training = config.training
    groups = training.groups // (mesh["data"] * mesh["fsdp"])
    return groups, training.batch_size, training.length


def _layer_output(config: Config, mesh: Mapping[str, int]) -> int:
    """Returns the size of the hidden states of one layer on a device."""
    width = config.model.width * jnp.dtype(config.model.dtype).itemsize
    return math.prod(_share(config, mesh)) * width


def _collectives(params: PyTree, config: Config, mesh: Mapping[str, int]) -> tuple[Collective, ...]:
    """Derives what devices send each other, of private parts only what their groups need."""
    paths = jax.tree_util.tree_leaves_with_path(params)
    private = _bytes([leaf for path, leaf in paths if is_private(path)])
    owners, (groups, *_) = len(private_owners(config)), _share(config, mesh)
    return expected_collectives(
        shared=_bytes(jax.tree.leaves(params)) - private,
        private=private,
        slices=private // owners * min(owners, groups),
        activations=_layer_output(config, mesh),
        layers=config.model.layers,
        mesh=mesh,
    )


def _on_a_gpu(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keeps of a choice by platform (`lax.platform_dependent`) what a GPU runs."""
    platforms = params.get("branches_platforms")
    if platforms is None:
        return params
    chosen = next(i for i, names in enumerate(platforms) if names is None or "cuda" in names)
    return {"branches": params["branches"][chosen]}


def _programs(params: Mapping[str, Any]) -> Iterator[Jaxpr]:
    """Yields the inner programs of an operation."""
    for value in params.values():
        for inner in value if isinstance(value, tuple | list) else (value,):
            if isinstance(inner, ClosedJaxpr):
                yield inner.jaxpr
            elif isinstance(inner, Jaxpr):
                yield inner


def _product_flops(equation: Any) -> float:
    """Returns two per multiply-add."""
    left, (result,) = equation.invars[0].aval, [v.aval for v in equation.outvars]
    (contracted, _), _ = equation.params["dimension_numbers"]
    return 2.0 * math.prod(result.shape) * math.prod(left.shape[axis] for axis in contracted)


def _bytes(arrays: list[Any]) -> int:
    return sum(math.prod(array.shape) * _width(array.dtype) for array in arrays)


def _width(dtype: Any) -> int:
    """Returns the size of an element; a random key is two words."""
    return 8 if jnp.issubdtype(dtype, jax.dtypes.prng_key) else jnp.dtype(dtype).itemsize

"""Parts of the encoder that all languages share, and parts private to an owner.

A batch is `[group, batch, length]` with `language: int[group]`: every group is in one language. A
part of the encoder is either

- `Shared`: one set of parameters for all groups, or
- `Private`: parameters with a leading `owner` axis; each group is computed with the slice of its
  language's owner. An owner is a language, or several that share private parts.

The encoder calls both the same way, so a row of the paper's Table 1 is one tuple of names, and one
compiled program supports any number of languages.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax.sharding import PartitionSpec
from jaxtyping import Array, Int, Key, PyTree, Shaped

from mlm_xling.model.kernels import LANES
from mlm_xling.model.placement import DATA, FSDP, STREAMS, placement, within_group

Make = Callable[[nnx.Rngs], nnx.Module]


class Shared(nnx.Module):
    """One module for all languages."""

    def __init__(self, make: Make, rngs: nnx.Rngs):
        self.shared = make(rngs)

    def __call__(
        self,
        owner: Int[Array, " group"],
        *inputs: PyTree,
        key: Key[Array, ""] | None = None,
        method: str = "__call__",
    ) -> PyTree:
        """Applies the module to arrays `[group, batch, ...]`, folding groups into the batch."""
        folded = jax.tree.map(lambda array: array.reshape(-1, *array.shape[2:]), inputs)
        outputs = getattr(self.shared, method)(*folded, **({} if key is None else {"key": key}))
        groups = owner.shape[0]
        return jax.tree.map(lambda array: array.reshape(groups, -1, *array.shape[1:]), outputs)

    def of_groups(self, owner: Int[Array, " group"]) -> "Shared":
        """Returns itself, since the module is the same for all groups."""
        del owner
        return self

    def each(self, owner: Int[Array, " group"], parameter: str) -> Shaped[Array, "1 ..."]:
        """Returns a parameter of the module, once for all groups."""
        del owner  # the same for all
        return getattr(self.shared, parameter)[None]

    def of(self, owner: int) -> Any:
        """Returns the module of an owner."""
        del owner  # the same for all
        return self.shared


class Private(nnx.Module):
    """One module per owner, stored as one with a leading `owner` axis."""

    def __init__(self, make: Make, owners: int, rngs: nnx.Rngs):
        self.private = nnx.vmap(make)(rngs.split(owners))
        for _, parameter in nnx.iter_graph(self.private):
            if isinstance(parameter, nnx.Variable):
                parameter.set_metadata(axes=("owner", *parameter.get_metadata("axes")))

    def of_groups(self, owner: Int[Array, " group"]) -> "OfGroups":
        """Gathers the slices of the groups' owners, once for all uses.

        The cost is that of `Shared` plus one gather (on a mesh, plus one exchange), regardless of
        the number of owners.
        """
        graph, parameters = nnx.split(self.private)
        slices = jax.tree.map(
            lambda parameter: parameter.replace(_of_groups(parameter, owner)),
            parameters,
            is_leaf=_is_parameter,
        )
        return OfGroups(nnx.merge(graph, slices))

    def __call__(self, owner: Int[Array, " group"], *inputs: PyTree, **how: Any) -> PyTree:
        """Applies to each group of `inputs` the module of its owner."""
        return self.of_groups(owner)(owner, *inputs, **how)

    def each(self, owner: Int[Array, " group"], parameter: str) -> Shaped[Array, "group ..."]:
        """Returns a parameter of the module of each group's owner."""
        return _of_groups(getattr(self.private, parameter), owner)

    def of(self, owner: int) -> Any:
        """Returns the module of an owner."""
        graph, parameters = nnx.split(self.private)
        return nnx.merge(graph, jax.tree.map(lambda parameter: parameter[owner], parameters))


class OfGroups(nnx.Module):
    """A private part restricted to some groups: their modules, with a leading `group` axis."""

    def __init__(self, modules: nnx.Module):
        self.modules = modules

    def __call__(
        self,
        owner: Int[Array, " group"],
        *inputs: PyTree,
        key: Key[Array, ""] | None = None,
        method: str = "__call__",
    ) -> PyTree:
        """Applies each group's module to its `inputs`."""
        graph, parameters = nnx.split(self.modules)
        keys = {} if key is None else {"key": jax.random.split(key, owner.shape[0])}

        def apply(parameters, inputs, keys):
            return getattr(nnx.merge(graph, parameters), method)(*inputs, **keys)

        # This mesh rules out kernels: `vmap` could not partition them over devices.
        with jax.sharding.use_abstract_mesh(within_group(jax.sharding.get_abstract_mesh())):
            return jax.vmap(apply)(parameters, inputs, keys)

    def each(self, owner: Int[Array, " group"], parameter: str) -> Shaped[Array, "group ..."]:
        """Returns a parameter of each group's module."""
        del owner  # the groups it was built for
        return getattr(self.modules, parameter)[...]


def _of_groups(parameter: nnx.Variable, owner: Int[Array, " group"]) -> Shaped[Array, "group ..."]:
    """Gathers the slices of the groups' owners.

    On a mesh each device takes its share of the slices of all groups next to it, then exchanges
    shares for whole slices of its own groups. XLA by itself would send each row from where it lies.
    """
    if jax.sharding.get_abstract_mesh().empty:
        return parameter[owner]
    of_owners, owner = parameter[...], _placed(owner, DATA)
    _, *within = placement(parameter.get_metadata("axes"))
    narrow = _is_narrow(of_owners.shape[1:], within)
    shares = _placed(_product(of_owners, owner) if narrow else of_owners[owner], DATA, *within)
    return _placed(shares, STREAMS, *(None if axis == FSDP else axis for axis in within))


def _is_narrow(shape: Sequence[int], axes: Sequence[str | None]) -> bool:
    """Returns whether a device's share of a width does not fill the lanes of a TPU."""
    parts = jax.sharding.get_abstract_mesh().shape[FSDP]
    widths = (size for size, axis in zip(shape, axes, strict=True) if axis == FSDP)
    return parts > 1 and any(width // parts < LANES for width in widths)


def _product(
    of_owners: Shaped[Array, "owner ..."], owner: Int[Array, " group"]
) -> Shaped[Array, "group ..."]:
    """Computes `of_owners[owner]` as a product with a one-hot matrix.

    A TPU lays out narrow shares with owners or rows along its lanes. The product and its gradient
    keep that layout; a gather and its scatter transposed everything twice
    (docs/results/scaling.md).
    """
    chosen = jax.nn.one_hot(owner, len(of_owners), dtype=of_owners.dtype)
    return jnp.tensordot(chosen, of_owners, 1, precision="highest")


def _placed(array: Array, *spec: str | tuple[str, ...] | None) -> Array:
    return jax.lax.with_sharding_constraint(array, PartitionSpec(*spec))


def _is_parameter(entry: Any) -> bool:
    return isinstance(entry, nnx.Variable)


Part = Shared | Private | OfGroups


def part(name: str, private: tuple[str, ...], make: Make, owners: int, rngs: nnx.Rngs):
    """Builds the encoder's part `name`: `Private` if the configuration lists it, else `Shared`."""
    return Private(make, owners, rngs) if name in private else Shared(make, rngs)


def is_private(path: tuple[Any, ...]) -> bool:
    """Returns whether a parameter's path (as of `jax.tree_util`) lies in a private part."""
    return any(getattr(entry, "key", entry) == "private" for entry in path)

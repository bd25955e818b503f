"""Placement of host batches as arrays sharded over the devices of all hosts."""

from collections.abc import Iterator

import jax
import numpy as np

from mlm_xling.config import Config
from mlm_xling.data.streams import Batch, Streams


def local_groups(config: Config, shardings: Batch) -> slice:
    """Returns the groups of a step that this host's devices hold."""
    training = config.training
    shape = (training.groups, training.batch_size, training.length)
    held = shardings.input_ids.addressable_devices_indices_map(shape).values()
    starts, stops = zip(*(index[0].indices(training.groups)[:2] for index in held), strict=True)
    return slice(min(starts), max(stops))


def place(local: Batch, groups: slice, config: Config, shardings: Batch) -> Batch:
    """Assembles a step's batch from this host's `groups`; pairs have two rows per group."""
    start, stop, _ = groups.indices(config.training.groups)
    each = len(local.language) // (stop - start)
    first, total = each * start, each * config.training.groups

    def assemble(array: np.ndarray, sharding: jax.sharding.NamedSharding) -> jax.Array:
        def shard(index) -> np.ndarray:
            begin, end, _ = index[0].indices(total)
            return array[(slice(begin - first, end - first), *index[1:])]

        shape = (total, *array.shape[1:])
        return jax.make_array_from_callback(shape, sharding, shard)

    return Batch(*(assemble(*pair) for pair in zip(local, shardings, strict=True)))


def placed_batches(
    streams: Streams, groups: slice, config: Config, shardings: Batch, step: int
) -> Iterator[Batch]:
    """Yields batches starting at `step`, placed on their devices."""
    for local in streams.batches_from(step):
        yield place(local, groups, config, shardings)

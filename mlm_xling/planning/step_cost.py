"""Operations and memory of a training step per device, however they are determined."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from mlm_xling.config import Config
from mlm_xling.data.streams import Batch
from mlm_xling.planning.collectives import Collective
from mlm_xling.training.step import Program, TrainState


@dataclass(frozen=True)
class Memory:
    """Bytes on each device, by purpose."""

    parameters: int
    moments: int
    """Adam's two moments of each parameter."""
    batch: int
    temporaries: int
    """Activations, gradients, and other intermediate values of a step."""
    padding: int = 0
    """What a device's layout adds to parameters, moments and batch."""
    code: int = 0

    @property
    def needed(self) -> int:
        """The total."""
        state = self.parameters + self.moments + self.batch
        return state + self.padding + self.temporaries + self.code


@dataclass(frozen=True)
class StepCost:
    """The cost of a step on one device."""

    memory: Memory
    flops: float
    moved_bytes: float
    """Bytes moved between the device and its memory."""
    collectives: tuple[Collective, ...]
    room: bool = True
    """Whether it fits according to the compiler; if not, only the required memory is known."""

    @property
    def sent_bytes(self) -> float:
        """Bytes that the device sends to other devices."""
        return sum((collective.sent_bytes for collective in self.collectives), 0.0)


def read_cost(file: Path) -> StepCost | None:
    """Reads a cost from JSON of `dataclasses.asdict`; None if it is missing or damaged."""
    try:
        found = json.loads(file.read_bytes())
        found["memory"] = Memory(**found["memory"])
        found["collectives"] = tuple(Collective(**each) for each in found["collectives"])
        return StepCost(**found)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def step_inputs(program: Program, config: Config) -> tuple[TrainState, Batch]:
    """Returns abstract states and batches with shape and placement."""
    training = config.training
    state = jax.tree.map(
        lambda leaf, placed: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=placed),
        program.abstract_state,
        program.state_shardings,
    )
    shapes = (training.groups, training.batch_size, training.length), (training.groups,)
    pairs = zip(shapes, program.batch_shardings, strict=True)
    return state, Batch(*(jax.ShapeDtypeStruct(s, jnp.int32, sharding=p) for s, p in pairs))


def memory_of(program: Program, config: Config, temporaries: int) -> Memory:
    """Counts exactly the memory for parameters, moments and batch on each device."""
    state, batch = step_inputs(program, config)
    return Memory(_held(state.params), _held(state.optimizer), _held(batch), temporaries)


def _held(arrays: PyTree) -> int:
    """Returns the bytes per device of abstract arrays with placement."""
    return sum(
        math.prod(leaf.sharding.shard_shape(leaf.shape)) * leaf.dtype.itemsize
        for leaf in jax.tree.leaves(arrays)
    )

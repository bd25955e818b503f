"""Plans: what a configured run takes on a slice, before anything is rented or prepared."""

import dataclasses
from dataclasses import dataclass

from jax.sharding import AbstractMesh

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint
from mlm_xling.data.cache import cache_directory
from mlm_xling.model.language_ids import expected_ids
from mlm_xling.planning.compiling import compiled_step
from mlm_xling.planning.estimating import estimated_step
from mlm_xling.planning.roofline import Roofline, Run, roofline, run_at
from mlm_xling.planning.slices import Slice
from mlm_xling.planning.step_cost import StepCost
from mlm_xling.planning.usable import usable_memory
from mlm_xling.training.partitioning import imagined_mesh, require_groups


@dataclass(frozen=True)
class Plan:
    """The cost of a step on each device, and of the run."""

    slice: Slice
    config: Config
    """The run's configuration, with the activation type that the devices use."""
    fingerprint: str
    """Fingerprint of the original configuration, as in results."""
    mesh: dict[str, int]
    vocabulary: int
    """Upper bound on the number of ids of the vocabulary."""
    step: StepCost
    usable: int
    """Bytes of memory per device that JAX takes."""
    fits: bool
    roofline: Roofline | None
    """Seconds of a step on each resource; None, like `run`, if memory is insufficient."""
    run: Run | None

    @property
    def estimated(self) -> bool:
        """Whether the step was estimated without a compiler."""
        return not self.slice.chip.is_tpu


def make_plan(config: Config, wanted: Slice, price: float | None = None) -> Plan:
    """Plans a run: compiles its step for TPUs, which takes minutes, or estimates it for GPUs.

    Activations default to bfloat16, as on any accelerator.

    Args:
      price: dollars per chip hour.

    Raises:
      InputError: libtpu is missing; or see `require_devices` and `usable_memory`.
    """
    digest = fingerprint(config)
    if config.model.dtype == "auto":
        config = dataclasses.replace(
            config, model=dataclasses.replace(config.model, dtype="bfloat16")
        )
    chip, mesh = wanted.chip, require_devices(config, wanted)
    usable = usable_memory(wanted)
    if chip.is_tpu:
        step = compiled_step(config, wanted, cache_directory(config) / "plans")
    else:
        step = estimated_step(config, wanted)
    fits = step.room and step.memory.needed <= usable
    ids = expected_ids(config).size
    plan = Plan(wanted, config, digest, dict(mesh.shape), ids, step, usable, fits, None, None)
    if not fits:
        return plan
    bound = roofline(step.flops, step.moved_bytes, step.sent_bytes, chip)
    training = config.training
    run = run_at(bound.seconds, training.tokens_per_step, training.steps, wanted.chips, price)
    return dataclasses.replace(plan, roofline=bound, run=run)


def require_devices(config: Config, wanted: Slice) -> AbstractMesh:
    """Returns the mesh of the slice's devices.

    Raises:
      InputError: it does not divide the devices, the model or the groups.
    """
    mesh = imagined_mesh(config.mesh, wanted.devices)
    require_groups(config.training, mesh)
    return mesh

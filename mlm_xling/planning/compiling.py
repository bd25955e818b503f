"""Compilation of the training step for an unavailable TPU slice, by libtpu, on any machine."""

import dataclasses
import importlib.util
import json
import os
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
from jax.experimental import topologies
from jax.stages import Lowered

from mlm_xling.config import Config
from mlm_xling.data.cache import digest
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.model.language_ids import expected_ids
from mlm_xling.planning.collectives import compiled_collectives
from mlm_xling.planning.moved import moved_bytes
from mlm_xling.planning.slices import Slice
from mlm_xling.planning.step_cost import Memory, StepCost, memory_of, read_cost, step_inputs
from mlm_xling.planning.waiting import waiting
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import make_program

_NO_ROOM = "RESOURCE_EXHAUSTED"
_COUNTED = "bytes by memory space, each collective once, scattered sums as such"
"""Cache key for the way of counting; change it when costs are counted differently."""
_ALONE = {
    # Leave available TPUs to others ...
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    # ... and do not query the machine type, which causes warnings.
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_ACCELERATOR_TYPE": "v5litepod-4",
    "TPU_WORKER_HOSTNAMES": "localhost",
}
"""Environment for using libtpu only as a compiler."""


def slice_devices(wanted: Slice) -> Sequence[Any]:
    """Returns descriptions of a slice's devices, as JAX would see them.

    Raises:
      InputError: libtpu is not installed, or does not know such a slice.
    """
    if importlib.util.find_spec("libtpu") is None:
        raise InputError(
            f"--plan={wanted}: needs the compiler of TPUs; `pip install -r requirements-plan.txt` "
            "installs it, and no TPU is needed"
        )
    os.environ |= _ALONE
    # Otherwise a v4 has two devices.
    name = {"chip_config_name": "megacore"} if wanted.chip.name == "v4" else {}
    # Hosts have four chips, or one.
    host = (*(min(side, 2) for side in wanted.shape[:2]), 1)
    try:
        return topologies.get_topology_desc(
            str(wanted), platform="tpu", chips_per_host_bounds=host, **name
        ).devices
    except jax.errors.JaxRuntimeError as error:
        raise InputError(f"--plan={wanted}: libtpu knows no such slice: {error}") from None


def compiled_step(config: Config, wanted: Slice, folder: Path) -> StepCost:
    """Compiles the training step for the devices of a slice, once; takes minutes.

    FLOPs are XLA's own count for the compiled program; bytes are derived from its text (`moved`).

    Args:
      folder: cache of costs by program. (The compiled program cannot be cached, as libtpu cannot
        read it back without a TPU.)

    Raises:
      InputError: as `slice_devices`; or the mesh does not divide the devices, or the model.
    """
    mesh = make_mesh(config.mesh, slice_devices(wanted))
    program = make_program(config, expected_ids(config), mesh)
    with waiting(wanted):
        lowered = program.train.lower(*step_inputs(program, config))  # pyright: ignore[reportFunctionMemberAccess]
        versions = jax.__version__, version("libtpu"), _COUNTED
        key = digest([lowered.as_text(), str(wanted), *versions])
        file = folder / f"{key}.json"
        found = read_cost(file)
        if found is None:
            found = _cost(lowered, memory_of(program, config, temporaries=0), wanted.devices)
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(file, json.dumps(dataclasses.asdict(found)).encode())
    return found


def _cost(lowered: Lowered, state: Memory, devices: int) -> StepCost:
    try:
        compiled = lowered.compile()
    except jax.errors.JaxRuntimeError as error:
        if _NO_ROOM not in str(error):
            raise
        memory = dataclasses.replace(state, temporaries=temporaries_asked(str(error), state))
        return StepCost(memory, 0.0, 0.0, (), room=False)
    used, cost = compiled.memory_analysis(), compiled.cost_analysis()
    assert used is not None
    assert cost is not None
    memory = dataclasses.replace(
        state,
        padding=used.argument_size_in_bytes - state.needed,
        temporaries=used.temp_size_in_bytes + used.output_size_in_bytes - used.alias_size_in_bytes,
        code=used.generated_code_size_in_bytes,
    )
    text = compiled.as_text() or ""
    collectives = compiled_collectives(text, devices)
    return StepCost(memory, cost["flops"], moved_bytes(text), collectives)


def temporaries_asked(message: str, state: Memory) -> int:
    """Parses how much memory a step needs beyond its state from the compiler's message, else 0.

    The message contains either the temporaries or the total.
    """
    if asked := re.search(r"HLO temporaries \(([\d.]+)([KMGT]?)\)", message):
        return _bytes(*asked.groups())
    if used := re.search(r"Used ([\d.]+)([KMGT]?) of", message):
        return max(_bytes(*used.groups()) - state.needed, 0)
    return 0


def _bytes(number: str, unit: str) -> int:
    return int(float(number) * 1024 ** " KMGT".index(unit or " "))

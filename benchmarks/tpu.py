"""Compiles a training step for a TPU slice ahead of time, on any machine: does it fit, what moves?

    pip install libtpu==0.0.42.1    # the compiler alone; no TPU is needed
    python -m benchmarks.tpu v5e:2x4
    python -m benchmarks.tpu v5e:2x4 --row=sep_emb_l1_3 --mesh=2,2,2

The paper's encoder and batch (`configs/paper.py`), in bfloat16. Memory is what the compiler gives
a chip; collectives are counted in the compiled program.
"""

import argparse
import collections
import os
import re
import time

# One process that has no TPU asks for the compiler of one.
os.environ |= {"JAX_PLATFORMS": "cpu", "TPU_SKIP_MDS_QUERY": "1"}

import jax
import jax.numpy as jnp
from jax.experimental import topologies

from configs import paper
from mlm_xling.config import Config, MeshConfig
from mlm_xling.data.streams import Batch
from mlm_xling.model.language_ids import same_ids
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.step import Program, make_program

COLLECTIVES = r"= \S+ (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)[-(]"
GIB = 2**30


def main() -> None:
    """Prints what is found, a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("slice", help="chip and shape, like v5e:2x4 or v4:2x2x2")
    parser.add_argument("--row", default="default", help="of Table 1")
    parser.add_argument("--mesh", default="-1,1,1", help="data, fsdp, tensor")
    arguments = parser.parse_args()
    devices = topologies.get_topology_desc(arguments.slice, platform="tpu").devices
    config = paper.get_config(f"en-fr/{arguments.row}")
    config.model.dtype = "bfloat16"
    config.mesh = MeshConfig(*map(int, arguments.mesh.split(",")))
    program = make_program(
        config, same_ids(config.vocabulary.size, config), make_mesh(config.mesh, devices)
    )
    print(f"{len(devices)} x {devices[0].device_kind}, {config.row}, mesh {arguments.mesh}")
    began = time.monotonic()
    compiled = program.train.lower(*_shapes(program, config)).compile()  # pyright: ignore[reportFunctionMemberAccess]
    print(f"compiled in {time.monotonic() - began:.0f} s")
    memory = compiled.memory_analysis()
    held = memory.argument_size_in_bytes + memory.output_size_in_bytes - memory.alias_size_in_bytes
    print(f"a chip: {held / GIB:.2f} GiB held, {memory.temp_size_in_bytes / GIB:.2f} temporary")
    counts = collections.Counter(re.findall(COLLECTIVES, compiled.as_text()))
    print(", ".join(f"{count} {kind}" for kind, count in counts.most_common()) or "no collectives")


def _shapes(program: Program, config: Config) -> tuple:
    """State and batch by shape and placement."""
    training = config.training
    state = jax.tree.map(
        lambda leaf, placed: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=placed),
        program.abstract_state,
        program.state_shardings,
    )
    shapes = (training.groups, training.batch_size, training.length), (training.groups,)
    pairs = zip(shapes, program.batch_shardings, strict=True)
    return state, Batch(*(jax.ShapeDtypeStruct(s, jnp.int32, sharding=p) for s, p in pairs))


if __name__ == "__main__":
    main()

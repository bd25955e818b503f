"""What keeping freed memory gives a small model on a CPU: two processes, one with, one without.

    python -m benchmarks.allocation

The model of `configs/text.py`, a step a measurement; medians, and page faults a step.
"""

import json
import resource
import statistics
import subprocess
import sys
import time

from mlm_xling.training.host_memory import keep_freed_memory

STEPS, VOCABULARY = 40, 4_000


def measure() -> dict[str, float]:
    """Seconds and page faults of a step in this process."""
    import jax
    import jax.numpy as jnp

    from configs.text import get_config
    from mlm_xling.data.streams import Batch
    from mlm_xling.model.language_ids import same_ids
    from mlm_xling.training.partitioning import make_mesh
    from mlm_xling.training.step import make_program

    config = get_config()
    program = make_program(config, same_ids(VOCABULARY, config), make_mesh(config.mesh))
    shape = (config.training.groups, config.training.batch_size, config.training.length)
    ids = jax.random.randint(jax.random.key(0), shape, 14, VOCABULARY)
    batch = Batch(ids, jnp.arange(config.training.groups) % 2)
    state, seconds, faults = program.init(), [], 0
    for step in range(STEPS + 3):
        if step == 3:
            faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        start = time.perf_counter()
        state, metrics = program.train(state, batch)
        jax.block_until_ready(metrics.loss)
        seconds.append(time.perf_counter() - start)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    median = statistics.median(seconds[3:])
    return {
        "seconds": round(median, 4),
        "tokens_per_second": round(ids.size / median),
        "page_faults_a_step": round(faults / STEPS),
    }


def main() -> None:
    """Prints both measurements and their ratio as JSON."""
    if sys.argv[1:] == ["kept"]:
        keep_freed_memory()
    if sys.argv[1:]:
        print(json.dumps(measure()))
        return
    report = {}
    for name in ("default", "kept"):
        command = [sys.executable, "-m", "benchmarks.allocation", name]
        report[name] = json.loads(subprocess.run(command, stdout=subprocess.PIPE).stdout)
    report["ratio"] = round(report["default"]["seconds"] / report["kept"]["seconds"], 2)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

"""What another host costs: steps of the lab's model on one host and on two, on loopback.

    python -m benchmarks.hosts    # five minutes of two idle cores

A host is a process with a core of its own and 8 groups of 32 x 32 tokens: if hosts cost nothing, a
step takes as long on two, which read twice as much, as on one. They are started in turns,
three times each; medians of wall seconds, after compilation. Recorded in docs/results/scaling.md.
"""

import os
import socket
import statistics
import subprocess
import sys
import time

ROUNDS, STEPS = 3, 30
HOSTS = (1, 2)


def main() -> None:
    """Prints a table in Markdown."""
    taken: dict[int, list[float]] = {count: [] for count in HOSTS}
    for _ in range(ROUNDS):
        for count in HOSTS:
            taken[count].append(step_seconds(count))
    of_one = statistics.median(taken[HOSTS[0]])
    print(
        "| hosts | groups | ms per step | tokens/s | relative to one host |\n|---|---|---|---|---|"
    )
    for count, measured in taken.items():
        seconds = statistics.median(measured)
        tokens = count * 8 * 32 * 32 / seconds
        print(
            f"| {count} | {8 * count} | {1e3 * seconds:.0f} ({1e3 * min(measured):.0f} to "
            f"{1e3 * max(measured):.0f}) | {tokens:,.0f} | {seconds / of_one:.2f} |"
        )


def step_seconds(count: int) -> float:
    """Starts so many hosts and takes what the first one says."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    said = {"JAX_COORDINATOR_ADDRESS": address, "JAX_NUM_PROCESSES": str(count)}
    command = [sys.executable, "-m", "benchmarks.hosts", "host"]
    first, *others = [
        subprocess.Popen(
            command,
            env=os.environ | said | {"JAX_PROCESS_ID": str(number), "JAX_PLATFORMS": "cpu"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    told, _ = first.communicate()
    if any(process.wait() for process in (first, *others)):
        sys.exit("a host failed")
    return float(told.splitlines()[-1])  # Gloo speaks, too.


def be_host() -> None:
    """Takes steps on a core of its own, and prints the median of their seconds."""
    core = sorted(os.sched_getaffinity(0))[int(os.environ["JAX_PROCESS_ID"])]
    os.sched_setaffinity(0, {core})  # Before JAX makes its threads.

    import jax
    import numpy as np

    from benchmarks.private_cost import repeater
    from configs import demo
    from mlm_xling.config import Config, TrainingConfig
    from mlm_xling.data.streams import Batch
    from mlm_xling.model.language_ids import same_ids
    from mlm_xling.training.hosts import join_hosts
    from mlm_xling.training.partitioning import make_mesh
    from mlm_xling.training.placement import local_groups, place
    from mlm_xling.training.step import make_program
    from mlm_xling.vocabulary import SPECIALS

    join_hosts()
    groups = 8 * jax.process_count()
    training = TrainingConfig(groups=groups, batch_size=32, length=32)
    config = Config(("en", "fr"), model=demo.get_config().model, training=training)
    program = make_program(config, same_ids(2_000, config), make_mesh(config.mesh))
    ids = np.random.default_rng(0).integers(SPECIALS, 2_000, (8, 32, 32)).astype(np.int32)
    own = local_groups(config, program.batch_shardings)
    read = Batch(ids, np.arange(8, dtype=np.int32) % 2)  # pyright: ignore[reportArgumentType]
    update = repeater(program, program.train, place(read, own, config, program.batch_shardings))
    taken = []
    for _ in range(STEPS):
        start = time.perf_counter()
        update()
        taken.append(time.perf_counter() - start)
    if jax.process_index() == 0:
        print(statistics.median(taken[2:]))


if __name__ == "__main__":
    be_host() if sys.argv[1:] == ["host"] else main()

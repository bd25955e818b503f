"""Several hosts, as processes on loopback, train what one trains.

Sums over devices are taken in another order by one process, which has a way of its own, than by
several (gloo): of two numbers that is the same, of four it is not. So one of a single host, too, is
told its address where it has four devices, and goes the way of several.
"""

import shutil
import signal
import socket
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from flax import nnx

from mlm_xling.checkpoint_folder import saved_steps
from mlm_xling.errors import InputError
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.hosts import join_hosts
from tests.forked import AS_IT_IS, Program

pytestmark = pytest.mark.slow
WATCHED = """
import os, runpy, signal, sys
from pathlib import Path
import jax
import numpy as np
from mlm_xling.training import hosts, loop, memory

memory_of = memory._memory_of

def memory_of_own(device):
    assert device in jax.local_devices(), "a host is told nothing about the devices of others"
    return memory_of(device)

memory._memory_of = memory_of_own
devices, killed, place = int(os.environ["DEVICES"]), os.environ["KILLED"], loop.placed_batches
jax.config.update("jax_num_cpu_devices", devices)
hosts.HEARTBEAT_SECONDS = 8

def watched(streams, groups, config, shardings, step):
    for batch in place(streams, groups, config, shardings, step):
        for shard in batch.input_ids.addressable_shards:
            group = shard.index[0].indices(config.training.groups)[0]
            np.save(Path(os.environ["READ"], f"{step} {group}"), shard.data)
        if step == 9 and killed == str(jax.process_index()):
            os.kill(os.getpid(), signal.SIGKILL)
        yield batch
        step += 1

loop.placed_batches = watched
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""The program with so many devices, which keeps what it reads and may be killed at a step."""
DEVICES = 4
"""Devices of all hosts together."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def pretrain(
    config,
    workdir,
    hosts: int,
    code: str = AS_IT_IS,
    told: bool = False,
    of_the_last: tuple[str, ...] = (),
    **environment: str,
) -> list[Program]:
    """Starts a run on several hosts.

    Args:
      told: where they are even if it is only one.
      of_the_last: flags of the last host alone.
    """
    port, flags = free_port(), [
        "--config=configs/text.py",
        f"--config.data.text_dir={config.data.text_dir}",
        f"--config.data.cache_dir={config.data.cache_dir}",
        "--config.data.dev_fraction=0.1",
        "--config.vocabulary.size=200",
        "--config.model.layers=1",
        "--config.model.heads=2",
        "--config.model.width=16",
        "--config.model.mlp=32",
        "--config.training.length=16",
        "--config.training.batch_size=4",
        "--config.training.groups=4",
        "--config.training.steps=12",
        "--config.training.evaluate_every=6",
        "--config.training.checkpoint_every=6",
        "--config.optimizer.warmup_steps=2",
        f"--workdir={workdir}",
    ]  # fmt: skip
    several = {"JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}", "JAX_NUM_PROCESSES": str(hosts)}
    return [
        Program(
            "run_pretrain.py",
            *flags,
            *(of_the_last if host == hosts - 1 else ()),
            code=code,
            environment=environment
            | (several | {"JAX_PROCESS_ID": str(host)} if hosts > 1 or told else {}),
        )
        for host in range(hosts)
    ]


def watch(config, workdir: Path, hosts: int, killed: int | None = None) -> list[Program]:
    """Starts a run on four devices in all, whose batches are kept beside its workdir."""
    read = workdir.with_suffix(".read")
    read.mkdir(exist_ok=True)
    devices = str(DEVICES // hosts)
    return pretrain(
        config,
        workdir,
        hosts,
        WATCHED,
        True,
        (),
        DEVICES=devices,
        READ=str(read),
        KILLED=str(killed),
    )


def ends(running: list[Program]) -> None:
    for process in running:
        ended = process.end()
        assert ended.returncode == 0, ended.stderr


def parameters(workdir) -> list[np.ndarray]:
    return [
        np.asarray(x)
        for x in jax.tree.leaves(nnx.state(load_pretrained(workdir, "latest").encoder))
    ]


def bits(workdir) -> list[bytes]:
    return [array.tobytes() for array in parameters(workdir)]


def batches(workdir: Path) -> dict[str, bytes]:
    """The ids of each group of each step."""
    return {path.stem: path.read_bytes() for path in workdir.with_suffix(".read").iterdir()}


@pytest.fixture(scope="module")
def whole(prepared_config, prepared, tmp_path_factory):
    """A run of one host that nobody interrupts."""
    workdir = tmp_path_factory.mktemp("hosts") / "whole"
    ends(watch(prepared_config, workdir, hosts=1))
    return workdir


@pytest.fixture(scope="module")
def interrupted(prepared_config, prepared, tmp_path_factory):
    """A run of four hosts of which one was killed after the first checkpoint."""
    workdir = tmp_path_factory.mktemp("hosts") / "interrupted"
    running = watch(prepared_config, workdir, hosts=4, killed=2)
    assert running[2].end().returncode == -signal.SIGKILL
    killed = time.monotonic()
    for survivor in (0, 1, 3):
        status, _, told = running[survivor].end()
        assert status == 2, told
        assert "error: host 2 on" in told.splitlines()[-1]
    assert time.monotonic() - killed < 60
    return workdir


def test_two_hosts_train_what_one_trains_to_the_bit(prepared_config, prepared, tmp_path):
    one = "import jax; jax.config.update('jax_num_cpu_devices', 2);" + AS_IT_IS
    ends(pretrain(prepared_config, tmp_path / "1", 1, one))
    ends(pretrain(prepared_config, tmp_path / "2", 2))

    assert bits(tmp_path / "1") == bits(tmp_path / "2")


@pytest.mark.parametrize("hosts", [1, 2, 4])
def test_what_four_hosts_left_others_finish_to_the_bit(
    prepared_config, whole, interrupted, tmp_path, hosts
):
    workdir = shutil.copytree(interrupted, tmp_path / "run")
    assert saved_steps(workdir / "checkpoints" / "latest") == [6]

    ends(watch(prepared_config, workdir, hosts))

    assert bits(workdir) == bits(whole)
    resumed = batches(workdir)
    assert {name.split()[0] for name in resumed} == {str(step) for step in range(6, 12)}
    assert batches(interrupted).items() | resumed.items() == batches(whole).items()


def test_hosts_that_were_started_differently_all_refuse(prepared_config, prepared, tmp_path):
    flag = "--config.optimizer.learning_rate=0.01"
    for process in pretrain(prepared_config, tmp_path / "run", 2, of_the_last=(flag,)):
        ended = process.end()
        assert ended.returncode == 2, ended.stderr
        assert "config.optimizer.learning_rate: differs between host 0 and host 1" in ended.stderr
    assert not saved_steps(tmp_path / "run" / "checkpoints" / "latest")


def test_half_a_description_of_the_hosts_is_refused(monkeypatch):
    monkeypatch.setenv("JAX_NUM_PROCESSES", "2")

    with pytest.raises(InputError, match="JAX_COORDINATOR_ADDRESS, JAX_PROCESS_ID"):
        join_hosts()

"""Hosts that nobody describes, and that JAX finds by itself."""

import os
import signal
import socket
import threading
import time
from unittest import mock

import jax
import pytest
from jax._src.clusters import cloud_tpu_cluster

from mlm_xling.training import hosts
from tests.forked import Program
from tests.robustness.kills import start
from tests.waits import wait_until

PROGRAM = """
import jax
from mlm_xling.console import run_program
from mlm_xling.training.hosts import hosts_end_together, join_hosts

def run():
    with hosts_end_together():
        join_hosts()
        print(jax.process_index(), "of", jax.process_count())

run_program(run)
"""
SLOW_TO_CALL = """
import time
from jax._src import distributed

call = distributed._jax.get_distributed_runtime_client

def late(*arguments, **options):
    time.sleep(2)
    return call(*arguments, **options)

distributed._jax.get_distributed_runtime_client = late
"""
"""Has the first host listen for a while before it calls itself, which JAX does, too."""
_FIRST_PORT, _PORTS = 61440, 4096
"""Where the first task of a job listens, by the job's number."""


class EndedError(Exception):
    """Instead of the end of this process."""


def slurm_job() -> int:
    """The number of a job whose port is free."""
    return next(job for job in range(_PORTS) if not is_heard(job))


def is_heard(job: int) -> bool:
    """Whether somebody listens at the port of a job."""
    with socket.socket() as caller:
        return not caller.connect_ex(("127.0.0.1", _FIRST_PORT + job))


def of_slurm(job: int, tasks: int, task: int) -> dict[str, str]:
    """What `srun` says to a task of a job on one node."""
    return {
        "SLURM_JOB_ID": str(job),
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_NTASKS": str(tasks),
        "SLURM_PROCID": str(task),
        "SLURM_LOCALID": str(task),
    }


@pytest.fixture
def joined(monkeypatch):
    """Where the first host was looked for, each time that hosts were to be joined."""
    where: list[str] = []
    monkeypatch.setattr(hosts, "_initialize", lambda first, *_, **options: where.append(first))
    monkeypatch.setattr(hosts, "_meet_first", lambda described: None)
    return where


def test_tasks_of_slurm_join_with_nothing_said():
    job = slurm_job()
    running = [Program("joining", code=PROGRAM, environment=of_slurm(job, 2, n)) for n in (0, 1)]

    for number, program in enumerate(running):
        status, said, told = program.end()
        assert status == 0, told
        assert said.splitlines()[-1] == f"{number} of 2"
        assert told == "waiting for the other hosts, found by slurm\n"


def test_a_port_that_is_taken_is_told():
    job = slurm_job()
    with socket.create_server(("", _FIRST_PORT + job)):
        status, _, told = Program("joining", code=PROGRAM, environment=of_slurm(job, 2, 0)).end()

    assert status == 2
    assert told.splitlines()[-1].startswith("error: hosts, found by slurm:")
    assert "JAX_COORDINATOR_PORT says another port" in told


@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.parametrize("before", ["", SLOW_TO_CALL], ids=["waiting", "before it waits"])
def test_signals_end_the_wait_for_the_others(before, signals):
    job = slurm_job()
    with mock.patch.dict(os.environ, of_slurm(job, 2, 0)):
        program = start(before + PROGRAM)
    wait_until(lambda: is_heard(job), "the first host listens", program)

    for _ in range(signals):
        program.send_signal(signal.SIGTERM)
        time.sleep(0.3)

    _, told = program.communicate(timeout=20)
    assert program.returncode == 143, told


def test_a_signal_is_heard_that_does_not_wake_the_wait(monkeypatch):
    monkeypatch.setattr(hosts, "_end_at_once", mock.Mock(side_effect=EndedError))
    handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
    heard, in_time = threading.Event(), []

    def wait():
        time.sleep(0.1)
        # Like one that comes just before the main thread waits, this one interrupts no wait of it.
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        in_time.append(heard.wait(10))

    with pytest.raises(EndedError):
        hosts._wait_apart(wait)
    heard.set()
    signal.signal(signal.SIGTERM, handler)

    wait_until(lambda: in_time, "the other thread ends")
    assert in_time == [True]


def test_a_cluster_that_cannot_be_asked_leaves_a_single_host_with_a_warning(monkeypatch, capsys):
    def refuse(_):
        raise ConnectionError("no metadata.google.internal")

    monkeypatch.setattr(cloud_tpu_cluster.GceTpuCluster, "is_env_present", lambda: True)
    monkeypatch.setattr(cloud_tpu_cluster.GceTpuCluster, "get_process_count", classmethod(refuse))

    hosts.join_hosts()

    assert not jax.distributed.is_initialized()
    assert "no metadata.google.internal); goes on as one host" in capsys.readouterr().err


def test_a_single_task_of_slurm_joins_nobody(monkeypatch):
    for name, value in of_slurm(7, 1, 0).items():
        monkeypatch.setenv(name, value)

    hosts.join_hosts()

    assert not jax.distributed.is_initialized()


def test_the_shell_of_an_interactive_job_joins_nobody(joined, monkeypatch):
    for name, value in (of_slurm(7, 4, 0) | {"SLURM_STEP_NUM_TASKS": "1"}).items():
        monkeypatch.setenv(name, value)

    hosts.join_hosts()

    assert not joined


def test_what_is_said_goes_before_what_is_found(joined, monkeypatch):
    said = {"COORDINATOR_ADDRESS": "10.0.0.1:1234", "NUM_PROCESSES": "2", "PROCESS_ID": "1"}
    variables = {f"JAX_{name}": value for name, value in said.items()}
    for name, value in (of_slurm(7, 4, 3) | variables).items():
        monkeypatch.setenv(name, value)

    hosts.join_hosts()

    assert joined == ["at 10.0.0.1:1234"]


@pytest.mark.parametrize(("workers", "found"), [("w-0", []), ("w-0,w-1", ["(found by gcetpu)"])])
def test_the_hosts_of_a_tpu_slice_are_those_of_the_metadata_server(
    joined, monkeypatch, workers, found
):
    metadata = {
        "agent-worker-number": "1",
        "worker-network-endpoints": workers,
        "tpu-env": "ZONE: 'a'",
    }
    monkeypatch.setattr(cloud_tpu_cluster, "running_in_cloud_tpu_vm", True)
    monkeypatch.setattr(cloud_tpu_cluster, "get_metadata", lambda key: (metadata[key], 200))
    monkeypatch.delenv("TPU_SKIP_MDS_QUERY", raising=False)

    hosts.join_hosts()

    assert joined == found

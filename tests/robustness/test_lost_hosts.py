"""Several hosts of which one fails, as processes on loopback; and bad descriptions of them."""

import signal
import socket
import time

import pytest

from mlm_xling.errors import InputError
from mlm_xling.training import hosts
from mlm_xling.training.hosts import Hosts, described_hosts
from mlm_xling.training.lost_hosts import in_words
from tests.forked import Program
from tests.training.test_hosts import free_port

PROGRAM = """
import os, signal, sys, time
import jax
import numpy as np
from jax.experimental import multihost_utils
from mlm_xling.console import run_program
from mlm_xling.training import hosts

hosts.HEARTBEAT_SECONDS = 8
victim = sys.argv.pop()

def run():
    with hosts.hosts_end_together():
        hosts.join_hosts()
        hosts.first_host_first("does nothing", lambda: None)
        for step in range(1000):
            multihost_utils.process_allgather(np.float32(step))
            if step == 3 and str(jax.process_index()) == victim:
                os.kill(os.getpid(), signal.SIGKILL)

run_program(run)
"""
ENVIRONMENT = {
    "JAX_COORDINATOR_ADDRESS": "10.0.0.1:1234",
    "JAX_NUM_PROCESSES": "2",
    "JAX_PROCESS_ID": "1",
}


@pytest.mark.parametrize("victim", [0, 1])
def test_when_a_host_is_killed_the_other_names_it_and_ends(victim):
    address = f"127.0.0.1:{free_port()}"
    running = [
        Program(
            "hosts",
            victim,
            code=PROGRAM,
            environment={
                "JAX_COORDINATOR_ADDRESS": address,
                "JAX_NUM_PROCESSES": "2",
                "JAX_PROCESS_ID": str(number),
            },
        )
        for number in range(2)
    ]
    assert running[victim].end().returncode == -signal.SIGKILL
    killed = time.monotonic()
    status, _, told = running[1 - victim].end()

    assert status == 2
    assert time.monotonic() - killed < 60
    (line,) = (line for line in told.splitlines() if "waiting for" not in line)
    assert line.startswith(f"error: host {victim} on {socket.gethostname()} is gone: it was killed")


def test_the_hosts_are_read_from_the_environment():
    assert described_hosts({}) is None
    assert described_hosts(ENVIRONMENT) == Hosts("10.0.0.1:1234", 2, 1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("JAX_NUM_PROCESSES", "two", "JAX_NUM_PROCESSES=two: must be a whole number"),
        ("JAX_NUM_PROCESSES", "2.0", "JAX_NUM_PROCESSES=2.0: must be a whole number"),
        ("JAX_NUM_PROCESSES", "0", "JAX_NUM_PROCESSES=0: must be the number of hosts"),
        ("JAX_NUM_PROCESSES", " ", "several hosts also need JAX_NUM_PROCESSES"),
        ("JAX_PROCESS_ID", "-1", "JAX_PROCESS_ID=-1: must be a whole number"),
        ("JAX_PROCESS_ID", "²", "JAX_PROCESS_ID=²: must be a whole number"),
        ("JAX_PROCESS_ID", "2", "JAX_PROCESS_ID=2: of 2 hosts .* the last is 1"),
        ("JAX_COORDINATOR_ADDRESS", "10.0.0.1", "JAX_COORDINATOR_ADDRESS=10.0.0.1: not host:port"),
        ("JAX_COORDINATOR_ADDRESS", ":1234", "JAX_COORDINATOR_ADDRESS=:1234: not host:port"),
        ("JAX_COORDINATOR_ADDRESS", "a:0", "JAX_COORDINATOR_ADDRESS=a:0: not host:port"),
        ("JAX_COORDINATOR_ADDRESS", "a:99999", "JAX_COORDINATOR_ADDRESS=a:99999: not host:port"),
        ("JAX_COORDINATOR_ADDRESS", "http://a:1", "=http://a:1: not host:port"),
    ],
)
def test_a_bad_description_is_one_line_that_names_the_variable(name, value, message):
    with pytest.raises(InputError, match=message):
        described_hosts(ENVIRONMENT | {name: value})


@pytest.mark.parametrize(
    ("dump", "words"),
    [
        ("UNAVAILABLE: Task 3 heartbeat timeout. This indicates", "host 3 is gone"),
        ("tasks are unhealthy (stopped sending heartbeats):\n12\nThe", "host 12 is gone"),
        ("UNAVAILABLE: Connection reset by peer", "host 0 at a:1 is gone"),
        ("INVALID_ARGUMENT: Unexpected task registered with task=2\n", "JAX_PROCESS_ID=2: host 0"),
        (
            "1 unexpectedly tried to connect with a different incarnation.",
            "the same JAX_PROCESS_ID",
        ),
        (
            "DEADLINE_EXCEEDED: \n\nRPC: /xla.coordination/RegisterTask",
            "not all hosts came in time",
        ),
    ],
)
def test_what_jax_finds_out_is_put_into_words(dump, words):
    told = in_words(dump, "at a:1")

    assert words in told
    assert "\n" not in told


def test_an_address_that_is_taken_is_told(monkeypatch):
    with socket.create_server(("", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        for name, value in (ENVIRONMENT | {"JAX_PROCESS_ID": "0"}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", address)

        with pytest.raises(InputError, match=rf"{address}: this host cannot listen .*in use"):
            hosts.join_hosts()


def test_waiting_for_the_first_host_is_shown_and_ends(monkeypatch, capsys):
    monkeypatch.setattr(hosts, "_MAX_WAIT", 0)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", address)

    with pytest.raises(InputError, match=f"{address}: no answer of host 0 for 0 s"):
        hosts.join_hosts()

    assert f"waiting for host 0 at {address} (connection refused)" in capsys.readouterr().err

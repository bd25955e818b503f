"""Several hosts, as processes on loopback, train what one trains."""

import socket

import jax
import numpy as np
import pytest
from flax import nnx

from mlm_xling.errors import InputError
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.hosts import join_hosts
from tests.forked import Program


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def pretrain(config, workdir, hosts: int) -> list[Program]:
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
            environment=several | {"JAX_PROCESS_ID": str(host)} if hosts > 1 else None,
        )
        for host in range(hosts)
    ]


def parameters(workdir) -> list[np.ndarray]:
    return [
        np.asarray(x)
        for x in jax.tree.leaves(nnx.state(load_pretrained(workdir, "latest").encoder))
    ]


def test_two_hosts_train_what_one_trains(prepared_config, prepared, tmp_path):
    for hosts in (1, 2):
        for process in pretrain(prepared_config, tmp_path / str(hosts), hosts):
            ended = process.end()
            assert ended.returncode == 0, ended.stderr

    for one, two in zip(parameters(tmp_path / "1"), parameters(tmp_path / "2"), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-4)


def test_half_a_description_of_the_hosts_is_refused(monkeypatch):
    monkeypatch.setenv("JAX_NUM_PROCESSES", "2")

    with pytest.raises(InputError, match="JAX_COORDINATOR_ADDRESS, JAX_PROCESS_ID"):
        join_hosts()

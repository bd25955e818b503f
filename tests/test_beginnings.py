"""Runs of a benchmark that begin with parameters of one seed and of another."""

import copy

import jax
import numpy as np
import pytest
from flax import nnx

from benchmarks import beginnings
from mlm_xling.training.checkpointing import load_pretrained
from mlm_xling.training.loop import train
from tests.data_fixtures import trained_in_seconds


def test_another_order_is_read_from_the_parameters_of_the_seed(monkeypatch, tmp_path):
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(beginnings, "run", lambda *words: asked.append(words))

    workdir = beginnings.pretrain_from(beginnings.OTHER_ORDER, 2, tmp_path, "--config=x")

    begun, run = asked
    assert begun[-3:-1] == ("--config.training.seed=2", "--config.training.steps=1")
    assert run[-3:] == (
        "--config.training.seed=0",
        f"--config.training.init_from={begun[-1].removeprefix('--workdir=')}",
        f"--workdir={workdir}",
    )
    assert begun[:-3] == run[:-3]


@pytest.mark.slow
def test_a_run_is_given_the_embeddings_of_another_and_nothing_else(prepared_config, tmp_path):
    runs = []
    for seed in range(2):
        config = copy.deepcopy(trained_in_seconds(prepared_config, steps=1, evaluate_every=1))
        config.training.seed = seed
        train(config, tmp_path / str(seed))
        runs.append(tmp_path / str(seed))

    place = beginnings.with_embeddings(runs[0], runs[1], tmp_path / "both")

    given, own, others = (
        nnx.to_pure_dict(nnx.state(load_pretrained(run).module)) for run in (place, *runs)
    )
    jax.tree.map(np.testing.assert_array_equal, given, {**own, "embeddings": others["embeddings"]})
    first, second = (jax.tree.leaves(run["embeddings"])[-1] for run in (own, others))
    assert not np.array_equal(first, second)

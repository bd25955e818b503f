"""A run of eight steps with two checkpoints of either kind."""

import copy
import shutil

import pytest

from mlm_xling.config.stored import to_json
from mlm_xling.training.checkpointing import Metadata
from mlm_xling.training.loop import train


@pytest.fixture(scope="session")
def run_config(prepared_config, prepared):
    config = copy.deepcopy(prepared_config)
    config.model.layers, config.model.heads = 1, 2
    config.model.width, config.model.mlp, config.model.max_positions = 16, 32, 16
    config.training.groups, config.training.steps = 8, 8
    config.training.evaluate_every = config.training.checkpoint_every = 4
    config.optimizer.learning_rate, config.optimizer.warmup_steps = 1e-2, 4
    return config


@pytest.fixture(scope="session")
def trained_run(run_config, tmp_path_factory):
    """Its workdir. Copy it to change it."""
    folder = tmp_path_factory.mktemp("trained")
    train(run_config, folder)
    return folder


@pytest.fixture
def workdir(trained_run, tmp_path):
    return shutil.copytree(trained_run, tmp_path / "run")


@pytest.fixture(scope="session")
def metadata(run_config, prepared):
    manifest = prepared.manifest
    return Metadata(
        0, to_json(run_config), manifest.vocabulary, manifest.fingerprint, str(prepared.directory)
    )

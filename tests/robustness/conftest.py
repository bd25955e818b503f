"""A run of eight steps with two checkpoints of either kind."""

import shutil

import pytest

from mlm_xling.config.stored import to_json
from mlm_xling.directories import whole_directory
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.loop import train
from tests.data_fixtures import trained_in_seconds


@pytest.fixture(scope="session")
def run_config(prepared_config, prepared):
    config = trained_in_seconds(prepared_config, steps=8, evaluate_every=4)
    config.training.checkpoint_every = 4
    return config


@pytest.fixture(scope="session")
def trained_run(run_config, shared_dir):
    """Its workdir, the same for all workers. Copy it to change it."""
    with whole_directory(shared_dir / "trained") as folder:
        if folder is not None:
            train(run_config, folder)
    return shared_dir / "trained"


@pytest.fixture
def workdir(trained_run, tmp_path):
    return shutil.copytree(trained_run, tmp_path / "run")


@pytest.fixture(scope="session")
def metadata(run_config, prepared):
    manifest = prepared.manifest
    return Metadata(
        0, to_json(run_config), manifest.vocabulary, manifest.fingerprint, str(prepared.directory)
    )

"""When a checkpoint is written, and when another waits for it."""

import copy
import shutil
import threading
from types import SimpleNamespace

import jax.numpy as jnp
import pytest

from mlm_xling import checkpoint_folder
from mlm_xling.checkpoint_folder import saved_steps
from mlm_xling.config.stored import to_json
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.checkpointing import Checkpoints
from mlm_xling.training.step import TrainState

STATE = TrainState(jnp.asarray(3), {"a": jnp.ones(1000)}, {"b": jnp.ones(2000)})
BYTES = 12_000
"""Bytes of the latest checkpoint."""


class Storage:
    """Takes no checkpoint of the best before it is told to."""

    def __init__(self, workdir):
        self.goes_on = threading.Event()
        self.completed: list[str] = []
        """Checkpoints, and how many of the best could be seen when each was written."""
        self._workdir, self._records = workdir, checkpoint_folder.folder_records

    def records(self, folder):
        if folder.parent.name == "best":
            self.goes_on.wait(60)
        self.completed.append(f"{folder.parent.name} beside {len(self.saved('best'))}")
        return self._records(folder)

    def saved(self, which: str) -> list[int]:
        return saved_steps(self._workdir / "checkpoints" / which)


@pytest.fixture
def storage(tmp_path, monkeypatch):
    slow = Storage(tmp_path)
    monkeypatch.setattr(checkpoint_folder, "folder_records", slow.records)
    return slow


@pytest.fixture
def checkpoints(prepared_config, tmp_path):
    return Checkpoints(tmp_path, Metadata(0, to_json(prepared_config), "", "", ""))


def test_the_latest_does_not_wait_for_the_best_but_is_not_seen_before_it(storage, checkpoints):
    checkpoints.save_best(3, STATE.params, 9.0)
    checkpoints.save_latest(3, STATE)

    assert storage.saved("best") == storage.saved("latest") == []
    threading.Timer(0.5, storage.goes_on.set).start()
    checkpoints.close()
    assert storage.saved("best") == storage.saved("latest") == [3]
    assert storage.completed == ["best beside 0", "latest beside 1"]


def test_without_room_for_both_the_latest_waits_for_the_best(storage, checkpoints, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=BYTES))
    checkpoints.save_best(3, STATE.params, 9.0)
    threading.Timer(0.2, storage.goes_on.set).start()
    checkpoints.save_latest(3, STATE)

    assert storage.saved("best") == [3]
    checkpoints.close()
    assert storage.saved("latest") == [3]


@pytest.fixture
def opened(prepared_config, tmp_path):
    """Opens the checkpoints of one workdir, for a run of another rate if one is given."""

    def opened(rate: float | None = None) -> Checkpoints:
        config = copy.deepcopy(prepared_config)
        config.optimizer.learning_rate = rate or config.optimizer.learning_rate
        return Checkpoints(tmp_path, Metadata(0, to_json(config), "", "", ""))

    return opened


@pytest.fixture
def best_after_latest(opened):
    """A workdir whose best checkpoints are of steps 1 and 5, and whose latest is of step 3."""
    first = opened()
    for step, perplexity in ((1, 9.0), (5, 4.0)):
        first.save_best(step, STATE.params, perplexity)
    first.save_latest(3, STATE)
    first.close()


@pytest.mark.usefixtures("best_after_latest")
def test_what_was_best_after_the_step_that_another_rate_goes_on_from_is_set_aside(opened, tmp_path):
    again = opened(rate=1e-5)

    assert again.best_perplexity == 9.0
    assert "best checkpoint of step 5 was trained otherwise" in again.notes[0]
    assert (tmp_path / "checkpoints" / "aside" / "best-5" / "params").is_dir()
    again.save_best(4, STATE.params, 8.0)
    again.close()
    assert saved_steps(tmp_path / "checkpoints" / "best") == [4, 1]


@pytest.mark.usefixtures("best_after_latest")
def test_a_run_that_goes_the_same_way_again_keeps_its_best(opened):
    again = opened()

    assert (again.best_perplexity, again.notes) == (4.0, [])
    again.close()

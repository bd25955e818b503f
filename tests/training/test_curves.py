"""Curves for TensorBoard, and what becomes of a run that cannot write them."""

from pathlib import Path

import pytest
import tensorboardX.record_writer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mlm_xling.training.curves import Curves


def test_points_can_be_read_while_the_run_goes_on(tmp_path):
    curves = Curves(tmp_path, pytest.fail)

    curves.add(2, {"loss": 1.5, "loss/en": 2.0})
    curves.add(4, {"loss": 0.5})

    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(one.step, one.value) for one in events.Scalars("loss")] == [(2, 1.5), (4, 0.5)]
    assert [one.value for one in events.Scalars("loss/en")] == [2.0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_ends_the_curves_and_not_the_run(tmp_path, monkeypatch):
    full = Path("/dev/full")
    monkeypatch.setattr(tensorboardX.record_writer, "open_file", lambda _: full.open("wb"))
    said = []
    curves = Curves(tmp_path, said.append)

    for step in range(50, 5_000, 50):
        curves.add(step, {"loss": 1.0})
    curves.close()

    assert said == ["no curves in TensorBoard from step 50 on: No space left on device"]

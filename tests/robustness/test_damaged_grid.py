"""What a grid of fine-tuning keeps is known to be as it was written, or trained again."""

import jax.numpy as jnp
import numpy as np
import pytest

from mlm_xling.evaluation.finetuning.checkpoints import (
    Progress,
    SettingCheckpoints,
    best_params,
    damage_of_setting,
    finished,
)
from mlm_xling.evaluation.finetuning.step import TuneState
from mlm_xling.evaluation.measures.ratio import ratio
from tests.robustness.damage import every_damage, one_of_each_kind

PARAMS = {"head": np.arange(6.0, dtype=np.float32)}
SCORES = {"fr": {"f1": ratio([(1 / 3, 1), (2, 3)]), "accuracy": ratio([])}}


@pytest.fixture
def setting(tmp_path):
    """Two epochs, the first the best."""
    checkpoints = SettingCheckpoints(tmp_path)
    for epoch, dev in ((1, [0.5]), (2, [0.5, 0.4])):
        checkpoints.save(TuneState(jnp.int32(epoch), PARAMS, {}), Progress(epoch, dev))
    checkpoints.close()
    return tmp_path


@pytest.fixture
def done(setting):
    SettingCheckpoints(setting).finish(SCORES["fr"], Progress(2, [0.5, 0.4]))
    return setting


def test_what_was_kept_is_whole_and_the_same(done):
    scores, progress = finished(done) or pytest.fail("no scores")

    assert damage_of_setting(done) == ""
    assert progress == Progress(2, [0.5, 0.4])
    for metric, expected in SCORES["fr"].items():
        np.testing.assert_array_equal(scores[metric], expected)
    np.testing.assert_array_equal(best_params(done, PARAMS)["head"], PARAMS["head"])


@every_damage
def test_every_file_of_an_epoch_is_verified(setting, damage):
    for which in ("latest/2", "best/1"):
        for path in one_of_each_kind(setting / which):
            kept = path.read_bytes()
            damage(path)
            assert damage_of_setting(setting).startswith(f"{path}: ")
            path.write_bytes(kept)
    assert damage_of_setting(setting) == ""


@every_damage
def test_scores_are_verified(done, damage):
    damage(done / "scores.json")

    assert finished(done) is None if damage.__name__ == "unlink" else damage_of_setting(done)

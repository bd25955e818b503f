"""The disk is full for one of several hosts."""

from mlm_xling.checkpoint_folder import saved_steps
from tests.training.test_hosts import pretrain

FULL_FOR_THE_SECOND = """
import os, runpy, shutil, sys
from types import SimpleNamespace
import jax
from mlm_xling.training import checkpointing

save_best = checkpointing.Checkpoints.save_best

def save_the_best(checkpoints, step, *rest):
    if step == 12 and jax.process_index() == 1:
        shutil.disk_usage = lambda path: SimpleNamespace(free=1_000)
    save_best(checkpoints, step, *rest)

checkpointing.Checkpoints.save_best = save_the_best
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_hosts_that_see_different_free_space_stop_together(prepared_config, prepared, tmp_path):
    running = pretrain(prepared_config, tmp_path / "run", 2, FULL_FOR_THE_SECOND)

    for process in running:
        status, _, told = process.end(timeout=60)
        assert status == 2, told
        assert f"error: host 1, {tmp_path / 'run'}: no space left for" in told.splitlines()[-1]
    assert saved_steps(tmp_path / "run" / "checkpoints" / "latest") == [6]

"""What one host finds damaged, all hosts pass over."""

import shutil

import numpy as np
import pytest

from mlm_xling.checkpoint_folder import damage_of, saved_steps
from tests.robustness.damage import DAMAGES, files_below
from tests.training.test_hosts import parameters, pretrain

pytestmark = pytest.mark.slow


def run(config, workdir, hosts: int) -> list[str]:
    said = []
    for process in pretrain(config, workdir, hosts):
        ended = process.end()
        said.append(ended.stderr)
        assert ended.returncode == 0, said
    return said


def damage_what_the_second_host_reads(checkpoint):
    for path in files_below(checkpoint / "params"):
        kept = path.read_bytes()
        DAMAGES["flip"](path)
        if not damage_of(checkpoint, part=0, parts=2):
            return path
        path.write_bytes(kept)
    raise AssertionError("the first host reads everything")


def test_hosts_fall_back_together_and_say_it_once(prepared_config, prepared, tmp_path):
    run(prepared_config, tmp_path / "one", hosts=1)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    latest = tmp_path / "two" / "checkpoints" / "latest"
    path = damage_what_the_second_host_reads(latest / "12")

    first, second = run(prepared_config, tmp_path / "two", hosts=2)

    assert f"warning: {path}: altered (its checksum differs); step 6 takes its place" in first
    assert "resuming at step 6" in first
    assert str(path) not in second
    assert saved_steps(latest) == [12, 6]
    for one, two in zip(parameters(tmp_path / "one"), parameters(tmp_path / "two"), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-4)

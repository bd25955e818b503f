"""Files of workers that can be lost at any moment."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mlm_xling.preparation.beam_job import LanguageJob, hashes_files
from mlm_xling.preparation.shards import UNFINISHED, shard_file, write_shard

CHUNKS = np.ones((3, 4), np.int32)


def write(folder: Path) -> None:
    write_shard(shard_file(folder / "train", 0), CHUNKS, 200)


def write_hashes(folder: Path) -> None:
    job: Any = SimpleNamespace(directory=folder)
    LanguageJob.write_hashes(job, (("train", 0), [(0, np.arange(3, dtype=np.uint64))]))


@pytest.mark.parametrize("written", [write, write_hashes])
def test_what_a_lost_worker_leaves_has_no_name_that_counts(written, tmp_path, monkeypatch) -> None:
    def be_lost(*_) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", be_lost)
        with pytest.raises(KeyboardInterrupt):
            written(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [UNFINISHED]
    assert not hashes_files(tmp_path, "train")

    written(tmp_path)

    assert len([path for path in tmp_path.iterdir() if path.name != UNFINISHED]) == 1
    assert len(list((tmp_path / UNFINISHED).iterdir())) == 1, "of the one that was lost"

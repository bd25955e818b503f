"""What a file is known by."""

import hashlib
import os
from pathlib import Path

from mlm_xling.data.cache import file_fingerprint


def test_a_fingerprint_is_of_the_content_alone(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).write_text("text")

    assert file_fingerprint(tmp_path / "one") == file_fingerprint(tmp_path / "other")


def test_a_file_is_read_again_only_if_it_changes(tmp_path: Path, monkeypatch) -> None:
    path, read = tmp_path / "text", []
    digest = hashlib.file_digest
    monkeypatch.setattr(
        hashlib, "file_digest", lambda file, kind: (read.append(1), digest(file, kind))[1]
    )
    path.write_text("a text")
    before = file_fingerprint(path)
    assert file_fingerprint(path) == before
    assert len(read) == 1

    path.write_text("b text")  # Of equal size.
    os.utime(path, ns=(0, 0))

    assert file_fingerprint(path) != before
    assert len(read) == 2

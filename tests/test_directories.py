"""Directories that appear whole or not at all."""

import errno
import fcntl
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from mlm_xling.directories import remove_remnants, scratch_folder, whole_directory, write_whole
from mlm_xling.errors import InputError
from mlm_xling.locks import lock_file


def write_content(partial: Path) -> None:
    (partial / "file").write_text("content")


def fill(target: Path, write: Callable[[Path], None] = write_content) -> bool:
    """Writes `target` unless it is there; says whether it did."""
    with whole_directory(target) as partial:
        if partial is None:
            return False
        write(partial)
        return True


def test_appears_when_the_block_ends(tmp_path: Path) -> None:
    with whole_directory(tmp_path / "new") as partial:
        assert partial is not None
        (partial / "file").write_text("content")
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "new" / "file").read_text() == "content"


def test_is_not_written_twice(tmp_path: Path) -> None:
    assert fill(tmp_path / "new")
    assert not fill(tmp_path / "new", lambda partial: pytest.fail("written twice"))


def test_what_a_killed_process_left_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "new.partial").mkdir()
    (tmp_path / "new.partial" / "half").write_text("written")
    fill(tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("write() failed: No space left on device; writing x.array_record"),
        tf.errors.UnknownError(None, None, "OSError: [Errno 28] No space left on device"),
    ],
)
def test_a_full_disk_is_named_and_nothing_remains(tmp_path: Path, error: Exception) -> None:
    def write_half(partial: Path) -> None:
        (partial / "half").write_text("written")
        raise error

    with pytest.raises(InputError, match=rf"{tmp_path}/new: no space left on device"):
        fill(tmp_path / "new", write_half)
    assert [path.name for path in tmp_path.iterdir()] == ["new.lock"]


def test_other_errors_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_directory(tmp_path / "new"):
        raise ZeroDivisionError
    assert not (tmp_path / "new").exists()


def test_two_at_once_write_once(tmp_path: Path) -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(fill(tmp_path / "new"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]


def write_again(path: Path, count: int) -> None:
    for number in range(count):
        write_whole(path, bytes([number]) * 5000)


def test_a_directory_that_is_not_whole_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "half").write_text("left")

    with whole_directory(tmp_path / "new", lambda path: (path / "file").exists()) as partial:
        assert partial is not None
        write_content(partial)

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


def test_what_others_left_unfinished_is_removed_but_not_what_is_being_made(tmp_path: Path) -> None:
    for name in ("killed.partial", "killed_long_ago.partial"):
        (tmp_path / name).mkdir()
    with whole_directory(tmp_path / "new") as partial:
        assert partial is not None
        remove_remnants(tmp_path)
        write_content(partial)

    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"new"}


def test_where_there_are_no_locks_nothing_is_taken_for_abandoned(tmp_path, monkeypatch) -> None:
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)

    with whole_directory(tmp_path / "streams") as made:
        assert made is not None
        remove_remnants(tmp_path)
        (made / "file").write_text("whole")

    assert (tmp_path / "streams" / "file").read_text() == "whole"


def test_temporary_files_go_with_their_folder_and_those_of_killed_processes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with scratch_folder() as folder:
        place = folder.parent
        for name in ("killed.partial", "running.partial"):
            (place / name).mkdir()
    running = lock_file(place / "running.lock", pytest.fail)

    with running, scratch_folder() as folder:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            assert Path(file.name).parent == folder
        kept = {path.name for path in place.glob("*.partial")}

    assert kept == {folder.name, "running.partial"}
    assert not folder.exists()
    assert tempfile.gettempdir() == str(tmp_path)


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    (tmp_path / ".file.partial").write_text("left by a killed process, and longer")
    write_whole(tmp_path / "file", b"first")
    write_whole(tmp_path / "file", b"second")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"second"


def test_writers_of_one_file_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_again(path, 1)
    threads = [threading.Thread(target=write_again, args=(path, 100)) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        content = path.read_bytes()
        assert content == content[:1] * 5000
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

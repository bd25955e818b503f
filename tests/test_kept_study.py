"""What a study measured, kept in one place and gone on with in another."""

from pathlib import Path

import pytest

from benchmarks.study import keep, restore
from mlm_xling.results import FILE_NAME, append_results
from mlm_xling.study.cells import Cell, cells_of
from mlm_xling.study.definition import load_study
from tests.test_records import result

STUDY = Path(__file__).resolve().parents[1] / "configs" / "studies" / "quick.py"


@pytest.fixture
def workdir(tmp_path):
    """Makes a study of which the first run is done, and a second one is trained."""
    workdir = tmp_path / "study"
    (workdir / "report").mkdir(parents=True)
    (workdir / "report" / "report.md").write_text("1 of 4")
    done, trained, *_ = cells(workdir)
    for stage in done.stages:
        done.finish(stage, 1.0)
    trained.finish(trained.stages[0], 1.0)
    append_results(done.folder / FILE_NAME, [result("cka", 0, 0.5)])
    (done.folder / "checkpoints").mkdir()
    return workdir


def cells(workdir: Path) -> list[Cell]:
    return cells_of(load_study(STUDY), workdir)


def test_what_is_done_is_done_elsewhere_too_and_the_rest_is_left(workdir, tmp_path):
    kept = keep(STUDY, workdir, tmp_path / "record")
    restore(tmp_path / "other", tmp_path / "record")

    first, *others = cells(tmp_path / "other")
    assert kept == [first.name]
    assert (first.left(), first.seconds()) == ((), len(first.stages))
    assert all(cell.left() == cell.stages for cell in others)
    results = first.folder / FILE_NAME
    assert results.read_text() == (workdir / results.relative_to(tmp_path / "other")).read_text()
    assert not (first.folder / "checkpoints").exists()
    assert (tmp_path / "record" / "report.md").read_text() == "1 of 4"


def test_the_same_run_is_the_same_file_whoever_keeps_it(workdir, tmp_path):
    keep(STUDY, workdir, tmp_path / "record")
    restore(tmp_path / "other", tmp_path / "record")
    (tmp_path / "other" / "report").mkdir()

    keep(STUDY, tmp_path / "other", tmp_path / "again")

    (one,), (other,) = ((tmp_path / name / "runs").iterdir() for name in ("record", "again"))
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()

"""What a study measured, kept in one place and gone on with in another."""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

import benchmarks.study
from benchmarks.study import RESULTS, keep, restore
from mlm_xling.errors import InputError
from mlm_xling.paths import CHECKPOINTS
from mlm_xling.results import FILE_NAME, append_results
from mlm_xling.study.cell import Cell
from mlm_xling.study.cells import cells_of
from mlm_xling.study.definition import load_study
from tests.kept_results import kept_result

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
    append_results(done.folder / FILE_NAME, [kept_result("cka", 0, 0.5)])
    (done.folder / CHECKPOINTS).mkdir()
    return workdir


def cells(workdir: Path, **changes) -> list[Cell]:
    return cells_of(replace(load_study(STUDY), **changes), workdir)


def test_what_is_done_is_done_elsewhere_too_and_the_rest_is_left(workdir, tmp_path):
    kept = keep(STUDY, workdir, tmp_path / "record")
    restore(tmp_path / "other", tmp_path / "record")

    first, *others = cells(tmp_path / "other")
    assert kept == [first.name]
    assert (first.left(), first.seconds()) == ((), len(first.stages))
    assert all(cell.left() == cell.stages for cell in others)
    results = first.folder / FILE_NAME
    assert results.read_text() == (workdir / results.relative_to(tmp_path / "other")).read_text()
    assert not (first.folder / CHECKPOINTS).exists()
    assert (tmp_path / "record" / "report.md").read_text() == "1 of 4"


def test_the_same_run_is_the_same_file_whoever_keeps_it(workdir, tmp_path):
    keep(STUDY, workdir, tmp_path / "record")
    restore(tmp_path / "other", tmp_path / "record")
    (tmp_path / "other" / "report").mkdir()

    keep(STUDY, tmp_path / "other", tmp_path / "again")

    (one,), (other,) = ((tmp_path / name / "runs").iterdir() for name in ("record", "again"))
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def finish(*done: Cell) -> None:
    for cell in done:
        for stage in cell.stages:
            cell.finish(stage, 1.0)


def test_a_restored_run_of_which_more_is_asked_is_trained_again(workdir, tmp_path):
    keep(STUDY, workdir, tmp_path / "record")
    restore(tmp_path / "other", tmp_path / "record")

    asked_more, asked_here = (
        cells(place, evaluators=("cka", "lexicon"))[0] for place in (tmp_path / "other", workdir)
    )

    again = ["probes", "untrained_probes"]
    assert [stage.name for stage in asked_more.left()] == ["pretrain", *again]
    assert [stage.name for stage in asked_here.left()] == again


def test_an_archive_stays_until_a_run_that_is_trained_again_has_done_as_much(workdir, tmp_path):
    record = tmp_path / "record"
    keep(STUDY, workdir, record)
    restore(tmp_path / "other", record)
    (tmp_path / "other" / "report").mkdir()
    (path,) = (record / "runs").iterdir()
    before = path.read_bytes()
    again = cells(tmp_path / "other")[0]
    train, *others, last = again.stages

    for stage in (train, *others):
        again.finish(stage, 2.0)
    assert keep(STUDY, tmp_path / "other", record) == []
    assert path.read_bytes() == before

    again.finish(last, 2.0)
    assert keep(STUDY, tmp_path / "other", record) == [again.name]
    assert path.read_bytes() != before


def test_a_study_of_which_nothing_is_kept_is_told(tmp_path):
    with pytest.raises(InputError, match="no runs of this study are kept"):
        restore(tmp_path, tmp_path / "record")


def test_a_study_that_has_measured_nothing_is_not_kept(tmp_path):
    with pytest.raises(InputError, match="no run of this study has measured"):
        keep(STUDY, tmp_path / "nothing", tmp_path / "record")
    assert not (tmp_path / "record").exists()


def test_models_are_trained_again_while_a_comparison_needs_them(tmp_path):
    def of_seed_0(workdir):
        cells_of_a_study = cells(workdir, rows=("default",), seeds=(0,), beside=("monolingual",))
        return {cell.name: cell for cell in cells_of_a_study}

    first, second, both = (f"{languages}/monolingual/0" for languages in ("a", "b", "a-b"))
    workdir = tmp_path / "study"
    study = of_seed_0(workdir)
    finish(study[first], study[second])

    assert {name for name, cell in of_seed_0(workdir).items() if cell.left()} == set(study)
    assert all(need.left() for need in of_seed_0(workdir)[both].needs)

    (study[first].folder / CHECKPOINTS).mkdir()
    assert [bool(need.left()) for need in of_seed_0(workdir)[both].needs] == [False, True]

    finish(study[both])
    assert not any(of_seed_0(workdir)[name].left() for name in (first, second, both))


def test_a_run_without_results_of_its_own_is_kept_once_no_other_needs_its_model(
    tmp_path, monkeypatch
):
    beside = replace(load_study(STUDY), seeds=(0,), beside=("monolingual",))
    monkeypatch.setattr(benchmarks.study, "load_study", lambda _: beside)
    workdir, record = tmp_path / "study", tmp_path / "record"
    named = {cell.name: cell for cell in cells_of(beside, workdir)}
    *alone, both = (named[f"{languages}/monolingual/0"] for languages in ("a", "b", "a-b"))
    finish(*alone)
    for cell in alone:
        (cell.folder / CHECKPOINTS).mkdir()

    assert keep(STUDY, workdir, record) == []

    finish(both)
    assert keep(STUDY, workdir, record) == [cell.name for cell in (*alone, both)]
    assert "a.monolingual.0.tar.xz" in restore(tmp_path / "other", record)


def test_what_a_workdir_has_stays_as_it_is(workdir, tmp_path):
    keep(STUDY, workdir, tmp_path / "record")
    results = cells(workdir)[0].folder / FILE_NAME
    append_results(results, [kept_result("cka", 0, 0.7)])
    newer = results.read_text()

    assert restore(workdir, tmp_path / "record") == []
    assert results.read_text() == newer


def test_a_run_whose_unpacking_was_interrupted_is_unpacked_again(workdir, tmp_path):
    keep(STUDY, workdir, tmp_path / "record")
    other = tmp_path / "other"
    (path,) = (tmp_path / "record" / "runs").iterdir()
    with tarfile.open(path) as tar:
        first = tar.getmembers()[0]
        (other / first.name).parent.mkdir(parents=True)
        (other / first.name).write_bytes(tar.extractfile(first).read())  # pyright: ignore[reportOptionalMemberAccess]
    assert cells(other)[0].left()

    restore(other, tmp_path / "record")

    assert not cells(other)[0].left()
    assert len(list(other.rglob("*.json*"))) == 2


@pytest.mark.parametrize(
    "record", sorted(RESULTS.glob("*/runs")), ids=lambda path: path.parent.name
)
def test_the_runs_that_the_repository_keeps_are_measured_once_restored(record, tmp_path):
    study = load_study(STUDY.with_name(f"{record.parent.name}.py"))

    restored = restore(tmp_path, record.parent)

    found = [cell.name for cell in cells_of(study, tmp_path) if cell.is_measured()]
    assert sorted(f"{name.replace('/', '.')}.tar.xz" for name in found) == restored


def test_the_repository_keeps_runs_of_the_study_that_opens_the_readme():
    assert list((RESULTS / "table1_lab" / "runs").iterdir())

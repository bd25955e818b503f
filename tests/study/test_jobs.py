"""Cells side by side, with commands that take no time."""

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from mlm_xling.paths import CHECKPOINTS
from mlm_xling.study.cell import PRETRAIN, RECORD, Cell, Stage
from mlm_xling.study.cells import select
from mlm_xling.study.jobs import LOG, ThisMachine, run_cells
from mlm_xling.study.progress import listing
from tests.waits import wait_until

ROOT = Path(__file__).resolve().parents[2]


def cell(folder: Path, seed: int, *programs: str) -> Cell:
    """A cell whose stages run Python code in its folder's parent."""
    stages = tuple(
        Stage(f"stage {i}", (sys.executable, "-c", code), f"f{i}")
        for i, code in enumerate(programs)
    )
    return Cell("a-b", "default", seed, folder / str(seed), stages)


def measured(folder: Path, *programs: str) -> Cell:
    """A cell that trains a model in no time, and measures it by programs."""
    one = cell(folder, 0, f"import os; os.makedirs('0/{CHECKPOINTS}', exist_ok=True)", *programs)
    return dataclasses.replace(
        one, stages=(dataclasses.replace(one.stages[0], name=PRETRAIN), *one.stages[1:])
    )


@pytest.fixture
def run(tmp_path):
    """Runs cells in a folder and returns what was said."""

    def run(*cells: Cell, jobs: int = 2) -> list[str]:
        said: list[str] = []
        run_cells(cells, ThisMachine(jobs, tmp_path), said.append)
        return said

    return run


def append(word: str) -> str:
    return f"open('said', 'a').write('{word} ')"


def test_stages_follow_each_other_and_are_not_done_again(run, tmp_path):
    one = cell(tmp_path, 0, append("first"), append("second"))

    run(one)
    said = run(one)

    assert (tmp_path / "said").read_text() == "first second "
    assert (said, one.left(), one.failure()) == ([], (), None)


@pytest.mark.parametrize(
    ("changed", "said"), [(0, "first second first second "), (1, "first second first ")]
)
def test_another_model_is_measured_anew_and_another_measurement_is_done_alone(
    run, tmp_path, changed, said
):
    one = measured(tmp_path, append("first"), append("second"))
    run(one)
    stages = list(one.stages)
    stages[changed] = dataclasses.replace(stages[changed], fingerprint="new")

    run(dataclasses.replace(one, stages=tuple(stages)))

    assert (tmp_path / "said").read_text() == said


def test_measurements_of_models_of_other_cells_are_done_alone_too(run, tmp_path):
    one = cell(tmp_path, 0, append("first"), append("second"))
    run(one)
    first = dataclasses.replace(one.stages[0], fingerprint="new")

    run(dataclasses.replace(one, stages=(first, one.stages[1])))

    assert (tmp_path / "said").read_text() == "first second first "


def test_models_that_are_trained_again_are_compared_again(run, tmp_path):
    model = measured(tmp_path)
    compared = dataclasses.replace(cell(tmp_path, 1, append("compared")), needs=(model,))
    run(model, compared)

    model.finish(model.stages[0], 1.0)
    before = compared.left()
    run(compared)

    assert before == compared.stages
    assert (compared.left(), (tmp_path / "said").read_text()) == ((), "compared compared ")


def test_a_cell_that_fails_is_told_with_its_reason_and_the_others_go_on(run, tmp_path):
    failing = cell(tmp_path, 0, "import sys; sys.exit('error: no such text')")
    killed = cell(tmp_path, 1, "import os; os.kill(os.getpid(), 9)")
    silent = cell(tmp_path, 3, "import sys; sys.exit(3)")
    without_log = cell(tmp_path, 4, "import os, sys; os.remove('4/log.txt'); sys.exit(3)")
    sound = cell(tmp_path, 2, append("sound"))

    said = run(failing, killed, silent, without_log, sound, jobs=1)

    assert silent.failure() == without_log.failure() == "stage 0: exit status 3"
    assert failing.failure() == "stage 0: no such text"
    assert killed.failure() == "stage 0: killed by SIGKILL"
    assert "failed a-b/default/0: stage 0: no such text" in said
    assert (tmp_path / "said").read_text() == "sound "
    assert "error: no such text" in (failing.folder / LOG).read_text()


def test_measurements_fail_alone(run, tmp_path):
    failing = "import sys; sys.exit('error: no such labels')"
    one = measured(tmp_path, failing, append("other"))

    run(one)

    assert (tmp_path / "said").read_text() == "other "
    assert one.failure() == "stage 1: no such labels"
    assert one.left() == (one.stages[1],)


def test_every_stage_that_failed_has_its_reason(run, tmp_path):
    failing = ("import sys; sys.exit('error: no such labels')", "import sys; sys.exit(2)")
    one = cell(tmp_path, 0, append("model"), *failing)

    said = run(one)

    assert one.failure() == "stage 1: no such labels; stage 2: exit status 2"
    assert said[-1] == "failed a-b/default/0: stage 2: exit status 2"


def test_a_lost_model_that_cannot_be_trained_again_is_told(run, tmp_path):
    one = measured(tmp_path, append("measured"))
    run(one)
    (tmp_path / "0" / CHECKPOINTS).rmdir()
    failing = dataclasses.replace(one.stages[0], command=("false",))
    asked_more = dataclasses.replace(one.stages[1], name="more")

    lost = dataclasses.replace(one, stages=(failing, one.stages[1], asked_more))
    said = run(lost)

    assert lost.failure() == "pretrain: exit status 1"
    assert said[-1].startswith("failed a-b/default/0: pretrain: exit status 1")
    assert (tmp_path / "said").read_text() == "measured "


def test_what_failed_runs_again_by_the_same_command(run, tmp_path):
    one = cell(tmp_path, 0, "import pathlib, sys; sys.exit(not pathlib.Path('mended').exists())")

    run(one)
    before = one.failure()
    (tmp_path / "mended").touch()
    run(one)

    assert before is not None
    assert (one.failure(), one.left()) == (None, ())


def test_what_another_process_has_done_meanwhile_is_not_done_again(run, tmp_path):
    other = cell(tmp_path, 1, append("other"))
    record = "import pathlib, shutil; there = pathlib.Path('1'); there.mkdir(); "
    record += "shutil.copy('done.json', there / 'cell.json')"
    other.folder.mkdir()
    other.finish(other.stages[0], 1.0)
    (other.folder / RECORD).rename(tmp_path / "done.json")
    other.folder.rmdir()

    said = run(cell(tmp_path, 0, record), other, jobs=1)

    assert said[-1].startswith("done stage 0 a-b/default/0")
    assert not (tmp_path / "said").exists()


def test_a_cell_waits_for_what_it_needs(run, tmp_path):
    first, second = cell(tmp_path, 0, append("one")), cell(tmp_path, 1, append("other"))
    both = dataclasses.replace(cell(tmp_path, 2, append("both")), needs=(first, second))

    run(both, first, second, jobs=1)

    assert (tmp_path / "said").read_text() == "one other both "


def test_a_cell_whose_need_failed_is_told_and_not_run(run, tmp_path):
    failing = cell(tmp_path, 0, "import sys; sys.exit('error: no such text')")
    waiting = dataclasses.replace(cell(tmp_path, 1, append("never")), needs=(failing,))

    said = run(failing, waiting)

    assert waiting.failure() == "stage 0: it needs a-b/default/0"
    assert said[-1] == "failed a-b/default/1: stage 0: it needs a-b/default/0"
    assert not (tmp_path / "said").exists()


def test_cells_run_side_by_side_on_cores_of_their_own(run, tmp_path):
    meet = "import os, pathlib, time; pathlib.Path('{0}').touch()\n"
    meet += "while not pathlib.Path('{1}').exists(): time.sleep(0.01)\n"
    meet += "print(*sorted(os.sched_getaffinity(0)))"
    one, other = (
        cell(tmp_path, i, meet.format(*names))
        for i, names in enumerate([("here", "there"), ("there", "here")])
    )

    run(one, other, jobs=2)

    cores = [set((each.folder / LOG).read_text().splitlines()[-1].split()) for each in (one, other)]
    if len(os.sched_getaffinity(0)) > 1:
        assert cores[0].isdisjoint(cores[1])


def test_cells_run_side_by_side_on_gpus_of_their_own(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    told = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    one, other = cell(tmp_path, 0, told), cell(tmp_path, 1, told)

    run(one, other, jobs=2)

    said = [(each.folder / LOG).read_text().splitlines()[-1] for each in (one, other)]
    assert sorted(said) == ["2", "5"]


@pytest.mark.parametrize(("interruption", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interruption_is_handed_on_and_waited_for(tmp_path, interruption, status):
    waiting = (
        "import signal, sys, time, pathlib\\n"
        "def save(*_): pathlib.Path('saved').touch(); sys.exit(143)\\n"
        "signal.signal(signal.SIGTERM, save)\\n"
        "pathlib.Path('running').touch()\\n"
        "time.sleep(60)"
    )
    program = (
        "import signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # Not so in the background.\n"
        "from mlm_xling.console import run_program\n"
        "from mlm_xling.study.cell import Cell, Stage\n"
        "from mlm_xling.study.jobs import ThisMachine, run_cells\n"
        f"stage = Stage('train', (sys.executable, '-c', \"{waiting}\"), 'f')\n"
        f"here = Path({str(tmp_path)!r})\n"
        "cells = [Cell('a-b', 'default', 0, here / '0', (stage,))]\n"
        "run_program(lambda: run_cells(cells, ThisMachine(1, here), print))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE)
    wait_until((tmp_path / "running").exists, "the stage runs", process)
    assert process.poll() is None

    process.send_signal(interruption)

    assert process.wait() == status
    assert (tmp_path / "saved").exists()
    one = Cell("a-b", "default", 0, tmp_path / "0", (Stage("train", (), "f"),))
    assert one.left() == one.stages


def test_a_listing_tells_what_is_left_and_how_long_it_takes(run, tmp_path):
    done, left = (cell(tmp_path, i, append(str(i)), append(str(i))) for i in range(2))
    run(done)
    done.finish(done.stages[1], 600.0)

    first, second, total = listing([done, left], jobs=1)

    assert "done in 600 s" in first
    assert "left: stage 0, stage 1" in second
    assert total == "1 of 2 runs are left, about 10 min left"


def test_before_a_stage_is_done_here_its_time_is_the_authors(tmp_path):
    of_author = [5.0, 240.0]
    done, left = (cell(tmp_path, i, append(str(i)), append(str(i))) for i in range(2))
    told = [dataclasses.replace(stage, minutes=of_author.pop(0)) for stage in left.stages]
    left = dataclasses.replace(left, stages=tuple(told))
    done.finish(done.stages[0], 3600.0)

    *_, total = listing([dataclasses.replace(done, stages=done.stages[:1]), left], jobs=2)

    assert total == "1 of 2 runs are left, about 2 h left", "60 minutes here, 240 there, two jobs"


def test_stages_of_which_nothing_is_known_are_told_beside_the_time_of_the_others(tmp_path):
    one = cell(tmp_path, 0, append("first"), append("second"))
    first, second = one.stages
    known = dataclasses.replace(one, stages=(dataclasses.replace(first, minutes=5.0), second))

    *_, some = listing([known], jobs=1)
    *_, none = listing([one], jobs=1)

    assert some.endswith(", about 5 min left; stages of unknown length: 1")
    assert none == "1 of 1 runs are left"


def test_the_time_of_a_stage_includes_what_it_ran_before_it_was_interrupted(tmp_path):
    one = cell(tmp_path, 0, append("first"), append("second"))
    first, second = one.stages

    one.interrupt(first, 20.0)
    one.interrupt(first, 30.0)
    one.finish(first, 50.0)
    one.finish(second, 1.0)

    assert one.seconds_of_stages() == {"stage 0": 100.0, "stage 1": 1.0}


def test_a_damaged_record_has_its_cell_done_again(run, tmp_path):
    one = cell(tmp_path, 0, append("once"))
    run(one)
    record = one.folder / RECORD
    record.write_text(record.read_text().replace("f0", "f1"))

    run(one)

    assert (tmp_path / "said").read_text() == "once once "


def test_single_cells_are_named(tmp_path):
    cells = [cell(tmp_path, seed, append(str(seed))) for seed in range(2)]

    assert select(cells, "a-b/default/1") == cells[1:]
    assert select(cells, "a-b/default/1,a-b/default/0,a-b/default/1") == cells[::-1]
    assert select(cells, "") == cells
    assert select(cells, " a-b/default/1, a-b/default/0,") == cells[::-1]
    with pytest.raises(InputError, match="no run is named"):
        select(cells, ", ")
    for unknown in ("a-b/default/2", "a-b"):
        with pytest.raises(InputError, match=f"--only={unknown}: no such run"):
            select(cells, unknown)

"""What a study costs on chips: its trainings, planned."""

import dataclasses

import pytest

from mlm_xling.errors import InputError
from mlm_xling.planning import plan as planning
from mlm_xling.planning.slices import read_slice
from mlm_xling.planning.step_cost import Memory, StepCost
from mlm_xling.study.cells import cells_of
from mlm_xling.study.cost import cost
from tests.study.made_up import changed

STEP = StepCost(Memory(2**30, 2**30, 0, 0), flops=197e9, moved_bytes=819e7, collectives=())
"""Ten milliseconds of a v5e's memory."""
SLICE = read_slice("v5e:1x1")
STUDY = changed(pairs=("a-b", "a-d"), seeds=(0, 1), settings={"training.steps": 360_000}, of_row={})


@pytest.fixture
def planned(monkeypatch):
    """The configurations whose step was compiled, in place of minutes for each."""
    found = []

    def compiled(config, *_):
        found.append(config)
        return STEP

    monkeypatch.setattr(planning, "compiled_step", compiled)
    return found


def test_every_training_is_a_line_and_their_sum_the_last(planned, tmp_path):
    *runs, total, bound = cost(cells_of(STUDY, tmp_path), SLICE, price=2.0)

    assert [line.split()[0] for line in runs[:2]] == ["a-b/default/0", "a-b/no_anchors/0"]
    assert all("1 chip-hours, $2.00" in line for line in runs)
    assert total.startswith(
        "8 of 8 runs are to be trained: 0.333 days of v5e:1x1, 8 chip-hours, $16.00"
    )
    assert bound.startswith("no run is faster")


def test_a_shape_is_planned_once_for_all_languages_and_seeds(planned, tmp_path):
    study = dataclasses.replace(STUDY, rows=("default", "wiki_cc", "no_anchors"))

    list(cost(cells_of(study, tmp_path), SLICE))

    assert [config.row for config in planned] == ["default", "no_anchors"], "text costs nothing"


def test_models_of_one_language_are_trained_and_their_comparisons_are_not(planned, tmp_path):
    study = changed(pairs=("a-b",), seeds=(0,), beside=("monolingual",), rows=("default",))

    *runs, total, _ = cost(cells_of(dataclasses.replace(study, of_row={}), tmp_path), SLICE)

    trained = ["a-b/default/0", "a/monolingual/0", "b/monolingual/0"]
    assert [line.split()[0] for line in runs] == trained
    assert total.startswith("3 of 4 runs are to be trained")
    assert len(planned) == 2


def test_what_is_trained_already_costs_nothing(planned, tmp_path):
    cells = cells_of(STUDY, tmp_path)
    for cell in cells[1:]:
        (cell.folder / "checkpoints").mkdir(parents=True)
        cell.finish(cell.stages[0], 1.0)

    *_, total, _ = cost(cells_of(STUDY, tmp_path), SLICE)

    assert total.startswith("1 of 8 runs are to be trained")


def test_a_run_that_does_not_fit_is_told_and_not_added(monkeypatch, tmp_path):
    large = dataclasses.replace(STEP, memory=Memory(2**40, 0, 0, 0))
    monkeypatch.setattr(planning, "compiled_step", lambda *_: large)

    *runs, total, left_out = cost(cells_of(STUDY, tmp_path), SLICE)

    assert all("does not fit: 1024.00 GiB" in line for line in runs)
    assert total == "8 of 8 runs are to be trained"
    assert left_out == "8 of them do not fit and are left out of the sum"


def test_a_derived_language_with_ids_of_its_own_is_another_shape(planned, tmp_path):
    pairs = ("a-b", "a-a:shift", "a-d")
    study = changed(pairs=pairs, rows=("default",), seeds=(0,), settings={}, of_row={})

    list(cost(cells_of(study, tmp_path), SLICE))

    assert [config.languages for config in planned] == [("a", "b"), ("a", "a:shift")]


def test_a_mesh_that_divides_no_run_is_told_with_the_run_before_any_is_planned(planned, tmp_path):
    of_row = {"default": {"training.groups": 4}, "no_anchors": {"training.groups": 3}}
    study = changed(of_row=of_row)

    with pytest.raises(InputError, match=r"^a-b/no_anchors/0: config.training.groups=3: not div"):
        list(cost(cells_of(study, tmp_path), read_slice("v5e:2x2")))
    assert not planned

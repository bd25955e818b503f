"""Studies as data."""

import dataclasses
from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from mlm_xling.study.cells import cells_of
from mlm_xling.study.definition import Study, load_study, resolved

STUDY = Study(
    config="configs/lab.py",
    rows=("default", "no_anchors"),
    pairs=("a-b", "a-d"),
    seeds=(0, 1),
    evaluators=("cka",),
    settings={"training.steps": 7, "optimizer.learning_rate": 1e-3},
    of_row={"no_anchors": {"optimizer.learning_rate": 5e-4}},
)


def changed(**fields) -> Study:
    return dataclasses.replace(STUDY, **fields)


@pytest.mark.parametrize("path", sorted(Path("configs/studies").glob("*.py")), ids=str)
def test_every_study_of_ours_has_cells_that_can_be_run(path, tmp_path):
    assert cells_of(load_study(path), tmp_path)


def test_a_first_seed_of_everything_comes_before_the_second():
    assert list(STUDY.each())[:5] == [
        ("a-b", "default", 0),
        ("a-b", "no_anchors", 0),
        ("a-d", "default", 0),
        ("a-d", "no_anchors", 0),
        ("a-b", "default", 1),
    ]


def test_settings_of_a_row_come_after_those_of_all():
    config = resolved(STUDY, "a-d", "no_anchors", STUDY.settings_of("no_anchors"))

    assert (config.languages, config.row) == (("a", "d"), "no_anchors")
    assert (config.training.steps, config.optimizer.learning_rate) == (7, 5e-4)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": ()}, "rows is empty"),
        ({"seeds": (1, 1)}, "seeds has 1 twice"),
        ({"baseline": "sep_emb"}, "'sep_emb' is none of its rows default, no_anchors"),
        ({"of_row": {"sep_emb": {}}}, "'sep_emb' is none of its rows"),
    ],
)
def test_what_could_not_be_a_study_is_refused(fields, message):
    with pytest.raises(InputError, match=message):
        changed(**fields).check()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"settings": {"training.step": 7}}, "config.training.step: no such field"),
        ({"settings": {"training.steps": -7}}, "config.training.steps=-7"),
        ({"rows": ("defualt",)}, "say <languages>/<row>"),
        ({"config": "configs/none.py"}, "configs/none.py: no such Python file"),
        ({"config": "configs/__init__.py"}, "has no get_config"),
    ],
)
def test_a_cell_that_could_not_run_is_told_before_any_does(fields, message, tmp_path):
    with pytest.raises(InputError, match=message):
        cells_of(changed(**fields), tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no STUDY"),
        (None, "no such Python file"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("STUDY =", "SyntaxError"),
    ],
)
def test_a_file_without_a_study_is_named(text, message, tmp_path):
    path = tmp_path / "study.py"
    if text is not None:
        path.write_text(text)

    with pytest.raises(InputError, match=f"study.py: {message}"):
        load_study(path)

"""Studies as data."""

import dataclasses
from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from mlm_xling.study import cells
from mlm_xling.study.cells import cells_of, select
from mlm_xling.study.definition import Study, load_study, resolved
from tests.study.made_up import STUDY, changed


def unchecked(**fields) -> Study:
    """A study as a user's file makes it, where types are not checked."""
    study = changed()
    for name, value in fields.items():
        object.__setattr__(study, name, value)
    return study


@pytest.mark.parametrize("path", sorted(Path("configs/studies").glob("*.py")), ids=str)
def test_every_study_of_ours_has_cells_that_can_be_run(path, tmp_path):
    study = load_study(path)

    assert cells_of(dataclasses.replace(study, seeds=study.seeds[:1]), tmp_path)


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


def test_a_setting_of_what_makes_a_row_is_told_in_its_name():
    config = resolved(STUDY, "a-b", "no_anchors", {"vocabulary.kind": "union"})

    assert config.row == "no_anchors but for vocabulary.kind"


def test_runs_of_three_languages_are_named_and_compared_once(tmp_path):
    study = changed(pairs=("a,b,d", "a-b"), beside=("monolingual",), seeds=(0,))

    cells = cells_of(study, tmp_path)

    names = [cell.name for cell in cells]
    assert len(set(names)) == len(names)
    assert {"a-b/monolingual/0", "a-d/monolingual/0"} <= set(names)
    of_three = [cell for cell in cells if cell.name.startswith("a,b,d/")]
    assert select(cells, ",".join(cell.name for cell in of_three)) == of_three


def test_neither_a_field_that_is_new_nor_another_folder_makes_a_run_another(tmp_path, monkeypatch):
    def fingerprints(folder: str) -> list[str]:
        return [s.fingerprint for cell in cells_of(STUDY, tmp_path / folder) for s in cell.stages]

    before = fingerprints("here")
    known = cells.fields
    monkeypatch.setattr(cells, "fields", lambda config: [*known(config), ("training.new", 0)])

    assert fingerprints("there") == before


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": ()}, "rows is empty"),
        ({"rows": "default"}, "rows='default': not a tuple of str"),
        ({"seeds": 3}, "seeds=3: not a tuple of int"),
        ({"seeds": (0, 1.0)}, "not a tuple of int"),
        ({"evaluators": "cka"}, "evaluators='cka': not a tuple of str"),
        ({"settings": ["training.steps"]}, "settings=.*: not a dict"),
        ({"of_row": {"default": 3}}, "default=3: not a dict"),
        ({"settings": {"languages": ("a", "c")}}, "settings: languages is not a setting"),
        ({"settings": {"data.cache_dir": "x"}}, "settings: data.cache_dir is not a setting"),
        ({"of_row": {"default": {"training.seed": 3}}}, "default: training.seed is not a setting"),
        ({"seeds": (1, 1)}, "seeds has 1 twice"),
        ({"baseline": "sep_emb"}, "baseline: 'sep_emb' is not one of default, no_anchors"),
        ({"of_row": {"sep_emb": {}}}, "of_row: 'sep_emb' is not one of default, no_anchors"),
        ({"beside": ("default",)}, "beside: 'default' is not one of monolingual, en_en"),
        ({"evaluators_of_row": 7}, "evaluators_of_row=7: not a dict"),
        ({"evaluators_of_row": {"sep_emb": ()}}, "evaluators_of_row: 'sep_emb' is not one of"),
        ({"evaluators_of_row": {"default": "ner"}}, "default='ner': not a tuple of str"),
        (
            {"beside": ("monolingual",), "evaluators_of_row": {"monolingual": ("ner",)}},
            "ner cannot be measured in monolingual",
        ),
        (
            {"beside": ("en_en",), "evaluators_of_row": {"en_en": ("lexicon",)}},
            "lexicon cannot be measured in en_en",
        ),
        ({"notes": "NLI"}, "notes='NLI': not a tuple of str"),
        ({"config": 3}, "config=3: not a str"),
        ({"beside": None}, "beside=None: not a tuple of str"),
        ({"chips": 8}, "chips=8: not a str"),
        ({"chips": "h100"}, "chips=h100: write h100:8"),
        ({"minutes": 7}, "minutes=7: not a dict"),
        (
            {"minutes": {"train": 7}},
            "minutes: 'train' is not one of pretrain, probes, contextual_ner",
        ),
        ({"minutes": {"nli": "7"}}, "minutes: nli='7' is not a number of minutes"),
        ({"minutes": {"nli": True}}, "minutes: nli=True is not a number of minutes"),
        ({"minutes": {"nli": 10**400}}, "is not a number of minutes"),
        ({"beside": ("en_en",), "evaluators": ("ner",)}, "none of the evaluators looks at layers"),
    ],
)
def test_what_could_not_be_a_study_is_refused(fields, message):
    with pytest.raises(InputError, match=message):
        unchecked(**fields).check()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"settings": {"training.step": 7}}, "config.training.step: no such field"),
        ({"settings": {"training.steps": -7}}, "config.training.steps=-7"),
        ({"settings": {"training.steps": "7"}}, "config.training.steps='7': not of type int"),
        ({"settings": {"training.steps": None}}, "config.training.steps=None: not of type int"),
        ({"settings": {"evaluation.pairs": True}}, "config.evaluation.pairs=True: not of type"),
        ({"rows": ("defualt",)}, "say <languages>/<row>"),
        ({"config": "configs/none.py"}, "/configs/none.py: no such Python file"),
        ({"settings": {"vocabulary.size": 500}}, "rows differ in vocabulary.size"),
        ({"evaluators": ("nsi",)}, "unknown evaluator 'nsi'"),
        ({"evaluators_of_row": {"default": ("nsi",)}}, "unknown evaluator 'nsi'"),
        (
            {
                "rows": ("default",),
                "of_row": {},
                "beside": ("monolingual",),
                "settings": {"vocabulary.size": 500},
            },
            "rows differ in vocabulary.size",
        ),
        ({"config": "configs/__init__.py"}, "has no get_config"),
    ],
)
def test_a_cell_that_could_not_run_is_told_before_any_does(fields, message, tmp_path):
    with pytest.raises(InputError, match=message):
        cells_of(changed(**fields), tmp_path)


def test_a_row_that_has_a_value_of_its_own_may_differ(tmp_path):
    sizes = {"vocabulary.size": 500}
    study = changed(settings=sizes, of_row={"no_anchors": {"vocabulary.size": 250}})

    assert cells_of(study, tmp_path)


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

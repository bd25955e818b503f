"""The cells of a study: what is run, and what of it again."""

import pytest

from mlm_xling.evaluation.probes.correlation import correlate
from mlm_xling.study.cells import cells_of
from tests.study.made_up import STUDY, changed, result


@pytest.fixture
def beside(tmp_path):
    """The cells of a study with models of one language beside its rows, by name."""
    names = ("cka", "ner")
    study = changed(beside=("monolingual", "en_en"), evaluators=names, pairs=("a-b", "a-d"))
    return {cell.name: cell for cell in cells_of(study, tmp_path)}


def flags(cell, stage: int = -1) -> dict[str, str]:
    return dict(flag.split("=", 1) for flag in cell.stages[stage].command if "=" in flag)


def test_two_monolingual_models_are_compared_when_both_are_trained(beside, tmp_path):
    compared = beside["a-d/monolingual/1"]

    assert compared.needs == (beside["a/monolingual/1"], beside["d/monolingual/1"])
    assert [stage.name for stage in beside["a/monolingual/1"].stages] == ["pretrain"]
    asked = flags(compared)
    assert asked["--evaluators"] == "cka,description", "tasks have no labels in two models"
    assert asked["--workdir"] == str(tmp_path / "a/monolingual/1")
    assert asked["--target_workdir"] == str(tmp_path / "d/monolingual/1")
    assert asked["--output"] == str(compared.folder)


def test_a_language_is_compared_with_itself_in_one_model_and_in_two(beside):
    assert flags(beside["a/en_en/0"], 0)["--config"] == "configs/demo.py:a/en_en"
    needs = [cell.name for cell in beside["a-a/monolingual/0"].needs]
    assert needs == ["a/monolingual/0", "a/monolingual/1"]
    assert "a-a/monolingual/1" not in beside, "there is no third seed"


def test_monolingual_models_that_are_compared_start_apart(beside):
    def starts(seed: int) -> list[str]:
        needs = beside[f"a-d/monolingual/{seed}"].needs
        return [flags(cell, 0)["--config.training.seed"] for cell in needs]

    assert starts(0) == ["0", "2000"], "b is the second language of the study, d the third"
    assert starts(1) == ["1", "2001"]


def test_stages_take_as_long_as_the_study_says_trained_or_not(tmp_path):
    study = changed(evaluators=("cka", "ner"), minutes={"pretrain": 9.0, "ner": 0.5})

    cell = cells_of(study, tmp_path)[0]

    minutes = {stage.name: stage.minutes for stage in cell.stages}
    assert minutes == {
        "pretrain": 9.0,
        "probes": None,
        "ner": 0.5,
        "untrained_probes": None,
        "untrained_ner": 0.5,
    }


def untrained_of(cells) -> list[str]:
    return [cell.name for cell in cells if cell.measures_untrained]


def test_what_needs_no_training_is_measured_with_one_seed(tmp_path):
    study = changed(rows=("default", "no_anchors"), pairs=("a-b",), seeds=(0, 1))

    cells = cells_of(study, tmp_path)

    assert untrained_of(cells) == ["a-b/default/0", "a-b/no_anchors/0"]
    for stage in (stage for cell in cells for stage in cell.stages[1:]):
        model = "untrained" if stage.untrained else "trained"
        assert f"--models={model}" in stage.command


def test_rows_of_other_private_parts_have_an_untrained_encoder_of_their_own(tmp_path):
    study = changed(rows=("no_anchors", "sep_emb", "sep_emb_l1_3"), pairs=("a-b",), seeds=(0, 1))

    assert len(untrained_of(cells_of(study, tmp_path))) == 3


def again(before, after) -> set[str]:
    """The stages that are done again, of which the commands say what is new."""
    stages = [(one.stages, other.stages) for one, other in zip(before, after, strict=True)]
    pairs = [pair for of_cell in stages for pair in zip(*of_cell, strict=True)]
    changed = [(old, new) for old, new in pairs if old.fingerprint != new.fingerprint]
    assert all(old.command != new.command for old, new in changed)
    return {old.name for old, _ in changed}


@pytest.mark.parametrize(
    ("name", "measured"),
    [
        ("evaluation.pairs", {"probes", "ner", "nli"}),
        ("evaluation.lexicon.sentences", {"probes"}),
        ("evaluation.finetuning.windows", {"ner", "nli"}),
        ("evaluation.ner.epochs", {"ner"}),
        ("lab.nli_pairs", {"nli"}),
    ],
)
def test_another_setting_measures_anew_what_depends_on_it_and_trains_nothing_again(
    name, measured, tmp_path
):
    before, after = (
        cells_of(
            changed(
                evaluators=("cka", "ner", "nli"),
                beside=("monolingual",),
                settings={**STUDY.settings, name: value},
            ),
            tmp_path,
        )
        for value in (100, 200)
    )

    assert again(before, after) == measured | {f"untrained_{stage}" for stage in measured}


def test_frozen_layers_that_a_task_is_asked_of_depend_on_its_settings(tmp_path):
    before, after = (
        cells_of(
            changed(
                evaluators=("contextual_ner",),
                settings={**STUDY.settings, "evaluation.ner.epochs": epochs},
            ),
            tmp_path,
        )
        for epochs in (1, 2)
    )

    assert again(before, after) == {"contextual_ner", "untrained_contextual_ner"}


@pytest.mark.parametrize(
    ("name", "values", "measured"),
    [
        ("evaluation.contextual.pairs", (100, 200), {"probes", "contextual_ner"}),
        ("evaluation.lexicon.words", (100, 200), {"probes"}),
        ("evaluation.pooling", ("first", "mean"), {"probes", "contextual_ner"}),
    ],
)
def test_frozen_layers_are_read_through_maps_that_have_settings(name, values, measured, tmp_path):
    before, after = (
        cells_of(
            changed(
                evaluators=("cka", "contextual_ner"),
                rows=("default",),
                settings={**STUDY.settings, name: value},
            ),
            tmp_path,
        )
        for value in values
    )

    assert again(before, after) == measured | {f"untrained_{stage}" for stage in measured}


def test_a_row_has_evaluators_of_its_own(tmp_path):
    mapped = ("contextual_ner",)
    study = changed(
        rows=("default", "no_anchors"),
        evaluators=("cka", "ner"),
        beside=("monolingual",),
        evaluators_of_row={"default": mapped, "monolingual": mapped},
    )

    names = {cell.name: [stage.name for stage in cell.stages] for cell in cells_of(study, tmp_path)}

    assert names["a-b/default/1"] == ["pretrain", "probes", "ner", "contextual_ner"]
    assert names["a-b/no_anchors/1"] == ["pretrain", "probes", "ner"]
    assert names["a-b/monolingual/1"] == ["probes", "contextual_ner"]
    assert names["b/monolingual/1"] == ["pretrain"]


def test_correlations_of_probes_are_theirs(tmp_path):
    layered = [
        result(metric, value * layer, evaluator="either", layer=layer)
        for metric, value in (("cka", 0.2), ("p@1_procrustes_forward", 0.3))
        for layer in range(3)
    ]
    (correlation,) = correlate(layered)

    of = [stage.name for stage in cells_of(STUDY, tmp_path)[0].stages if stage.gives(correlation)]

    assert of == ["probes"]


def test_another_evaluator_is_asked_alone(tmp_path):
    one, more = (
        cells_of(changed(evaluators=names, seeds=(0,)), tmp_path)[0]
        for names in (("cka", "ner"), ("cka", "ner", "nli"))
    )
    for stage in one.stages:
        one.finish(stage, 1.0)
    (one.folder / "checkpoints").mkdir()

    assert [stage.name for stage in more.left()] == ["nli", "untrained_nli"]


def test_what_the_configuration_says_of_evaluation_is_handed_on(tmp_path):
    first = cells_of(changed(evaluators=("ner",)), tmp_path)[0]

    (ner,) = (stage for stage in first.stages if stage.name == "ner")
    assert "--config.evaluation.finetuning.quick=True" in ner.command, "of configs/demo.py"


def test_a_run_keeps_nothing_that_only_later_evaluators_read(tmp_path):
    """A study that lacks a setting again has to get what it says."""
    settings = {
        "evaluation.during_pretraining": ("cka",),
        "evaluation.pooling": "first",
        "evaluation.pairs": 100,
        "evaluation.finetuning.quick": False,
        "evaluation.ner.epochs": 7,
    }
    first = cells_of(changed(evaluators=("cka", "ner"), settings=settings), tmp_path)[0]

    told = {stage.name: " ".join(stage.command) for stage in first.stages}
    for field in ("finetuning.quick=False", "ner.epochs=7"):
        assert field in told["ner"]
        assert field not in told["pretrain"]
    for field in ("pooling=first", "pairs=100", "during_pretraining=cka"):
        assert field in told["pretrain"]


def test_every_run_of_a_study_holds_out_the_same(tmp_path):
    held_out = {
        "evaluation.pairs": 100,
        "evaluation.fit_pairs": 200,
        "evaluation.contextual.pairs": 300,
        "evaluation.contextual.bitext": "bitext",
    }
    others = {"evaluation.during_pretraining": ("cka",), "evaluation.pooling": "first"}
    study = changed(beside=("monolingual",), settings=held_out | others)

    cells = {cell.name: cell for cell in cells_of(study, tmp_path)}

    for name in ("a-b/default/0", "a/monolingual/0"):
        told = " ".join(cells[name].stages[0].command)
        assert all(f"--config.{field}={value}" in told for field, value in held_out.items())
    assert "pooling" not in told, "nothing is probed in the last"


def test_monolingual_models_are_not_probed_while_they_train(tmp_path):
    study = changed(beside=("monolingual",), settings={"evaluation.during_pretraining": ("cka",)})

    cells = {cell.name: cell for cell in cells_of(study, tmp_path)}

    probed = "--config.evaluation.during_pretraining"
    assert probed in flags(cells["a-b/default/0"], 0)
    assert probed not in flags(cells["a/monolingual/0"])


@pytest.mark.parametrize(
    ("model", "stage"), [("trained", "ner"), ("teacher", "ner"), ("random", "untrained_ner")]
)
def test_what_a_teacher_comes_to_is_of_the_stage_that_trains_its_student(tmp_path, model, stage):
    cell = cells_of(changed(evaluators=("ner",)), tmp_path)[0]
    f1 = result("f1", 0.5, evaluator="ner", model=model)

    assert [each.name for each in cell.stages if each.gives(f1)] == [stage]

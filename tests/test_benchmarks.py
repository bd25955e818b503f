"""What benchmarks compare differs in what they say, and in nothing else."""

import pytest

from benchmarks import (
    contamination,
    controlled,
    experiments,
    later_embeddings,
    over_steps,
    source_choice,
    tlm,
    without_anchors,
)
from benchmarks.emergence import RUNS, evaluations_of
from benchmarks.record import Record
from benchmarks.records import keep
from mlm_xling.results import FILE_NAME, append_results
from tests.kept_results import kept_result
from tests.test_documented_commands import require_pretraining_begins


def test_runs_with_and_without_anchors_differ_in_the_anchors_alone():
    row, *flags = RUNS["without_anchors"]

    flags.remove("--config.lab.anchors=0")

    assert RUNS["with_anchors"] == (row, *flags)


def test_results_of_two_models_have_a_folder_of_their_own(tmp_path):
    workdirs = {name: tmp_path / name for name in RUNS}

    *alone, (apart, flags) = evaluations_of(workdirs, tmp_path / "both").items()

    assert alone == [(workdirs[name], (f"--workdir={workdirs[name]}",)) for name in [*RUNS][:3]]
    assert (apart, f"--output={apart}") == (tmp_path / "both", flags[-1])


@pytest.mark.parametrize("dose", contamination.DOSES.values())
def test_every_dose_could_be_trained(dose):
    dosed = f"--config.data.contamination={dose}"

    require_pretraining_begins([*contamination.SETTINGS, dosed, "--workdir=runs/dose"])


@pytest.mark.parametrize("name", tlm.RUNS)
def test_every_run_on_pairs_could_be_trained(name):
    require_pretraining_begins([*tlm.flags_of(name), "--workdir=runs/pairs"])


@pytest.mark.parametrize("name", [*controlled.ROWS, *controlled.LARGER])
def test_every_derived_language_could_be_trained(name):
    require_pretraining_begins([*controlled.flags_of(name), "--workdir=runs/derived"])


@pytest.mark.parametrize("name", ["first", "first_random_body", "together"])
def test_every_language_that_others_are_learnt_after_could_be_trained(name, tmp_path):
    flags = later_embeddings.flags_of(name, tmp_path, seed=0)

    require_pretraining_begins([*flags, "--workdir=runs/first"])


@pytest.mark.parametrize("row", over_steps.ROWS)
def test_every_run_that_is_measured_over_steps_could_be_trained(row):
    require_pretraining_begins([*over_steps.flags_of(row), "--workdir=runs/over_steps"])


@pytest.mark.parametrize("name", without_anchors.RUNS)
def test_every_run_without_anchors_could_be_trained(name):
    require_pretraining_begins([*without_anchors.flags_of(name), "--workdir=runs/without_anchors"])


def test_a_language_that_is_learnt_later_begins_from_the_first_of_its_seed(tmp_path):
    flags = later_embeddings.flags_of("later", tmp_path, seed=2)

    assert f"--config.training.init_from={tmp_path / 'first-2'}" in flags


def test_runs_on_pairs_differ_in_pairs_alone():
    alone = tlm.flags_of("pairs_0")

    for name in tlm.RUNS:
        if name != "anchors_0":
            assert tlm.flags_of(name)[: len(alone)] == alone
            assert all("pair" in flag for flag in tlm.flags_of(name)[len(alone) :])


@pytest.mark.parametrize(
    ("flags", "made"),
    [
        ((), ["x-0", "y-0", "x-1", "y-1", "x-2", "y-2"]),
        (("--only=y-1",), ["y-1"]),
    ],
)
def test_an_experiment_makes_a_first_seed_of_all_or_a_single_run(
    tmp_path, monkeypatch, flags, made
):
    kept: list[str] = []
    monkeypatch.setattr("sys.argv", ["experiment", str(tmp_path), *flags])
    monkeypatch.setattr(experiments, "keep", lambda _, runs, only: kept.extend(runs))

    experiments.main("record", ("x", "y"), lambda name, seed, at: at / f"{name}-{seed}", "las$")

    assert kept == made


@pytest.mark.parametrize("words", [[], ["--only=x-0"], ["runs", "--only=x-9"], ["runs", "x-0"]])
def test_an_experiment_that_does_not_exist_is_no_experiment(monkeypatch, words):
    monkeypatch.setattr("sys.argv", ["program", *words])

    with pytest.raises(SystemExit, match="2"):
        experiments.main("record", ("x", "y"), lambda *_: pytest.fail("made"), "las$")


def test_only_what_has_not_measured_the_last_model_is_asked_again(tmp_path):
    measured = [("cka", "trained"), ("cka", "random"), ("retrieval", "trained")]
    lines = [kept_result("m", 0, 0.5, evaluator=name, model=model) for name, model in measured]
    lines.append(kept_result("dev_perplexity", 0, 9.0, evaluator="perplexity", model="trained"))
    append_results(tmp_path / FILE_NAME, lines)

    assert experiments.missing(("perplexity",), tmp_path, "trained") == "perplexity"
    assert experiments.missing(("cka", "retrieval", "pos"), tmp_path) == "retrieval,pos"
    assert experiments.missing(("cka", "retrieval"), tmp_path, "trained") == ""


def test_a_run_is_measured_by_those_that_have_not_measured_it(tmp_path, monkeypatch):
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(experiments, "run", lambda *words: asked.append(words))
    append_results(tmp_path / FILE_NAME, [kept_result("m", 0, 0.5, evaluator="a", model="random")])

    experiments.measure(["a"], tmp_path)
    experiments.measure(["a", "b"], tmp_path)
    experiments.measure(["a"], tmp_path, "--x=1", untrained=False, place=tmp_path / "apart")

    of_run, latest = ("run_eval.py", f"--workdir={tmp_path}"), "--checkpoint=latest"
    assert asked == [
        (*of_run, latest, "--evaluators=b", "--models=trained,untrained"),
        (
            *of_run,
            f"--output={tmp_path}/apart",
            latest,
            "--evaluators=a",
            "--models=trained",
            "--x=1",
        ),
    ]


def test_what_a_choice_of_sources_is_worth_is_kept_with_the_scores(tmp_path, monkeypatch):
    monkeypatch.setattr(source_choice, "TASKS", ("pos",))
    workdir = tmp_path / "lab12-0"
    scores = {("a", "c"): 0.5, ("b", "c"): 0.75}
    similar = {("a", "b"): 0.9, ("a", "c"): 0.8, ("b", "c"): 0.1}
    append_results(
        workdir / FILE_NAME,
        [
            kept_result(
                "accuracy", None, value, evaluator="pos", source=x, target=y, setting=setting
            )
            for (x, y), value in scores.items()
            for setting in ("rate 1", None)
        ]
        + [
            kept_result(
                "language_similarity_raw", 0, value, evaluator="language_similarity",
                source=x, target=y,
            )
            for (x, y), value in similar.items()
        ],
    )  # fmt: skip

    place = source_choice.with_choices(workdir, tmp_path / "choices" / "lab12-0")
    keep("made", {place.name: place}, folder=tmp_path, only=source_choice.KEPT)

    record = Record(tmp_path / "made.jsonl")
    assert record.at("lab12", "source_regret", 0, evaluator="pos", source="raw") == "25.0"
    assert record.at("lab12", "source_regret", None, "chance", evaluator="pos") == "12.5"
    assert record.at("lab12", "accuracy", None, evaluator="pos", source="b") == "75.0"

"""The program fine-tunes, resumes, reports, and tells what is wrong in one line."""

import json
import shutil
from unittest import mock

import pytest

from mlm_xling.evaluation.evaluators import TASKS as DESCRIBED
from mlm_xling.preparation import prepare_labelled as preparation
from mlm_xling.preparation.prepare_labelled import prepare_labelled
from tests.data_fixtures import run_here, sentences
from tests.labelled_fixtures import flags_of, with_labelled, write_labelled
from tests.test_run_eval import run, workdir

__all__ = ["workdir"]
pytestmark = pytest.mark.slow
TASKS = ("nli", "ner", "parsing")
METRICS = {"nli": "accuracy", "ner": "f1", "parsing": "las"}


@pytest.fixture(scope="module")
def data_flags(prepared_config, prepared, tmp_path_factory):
    """Flags for tables that are there, but for those of parsing, which the program has to make."""
    folder = tmp_path_factory.mktemp("labelled")
    write_labelled(folder, 12)
    config = with_labelled(
        prepared_config, folder, evaluation__ner__learning_rates=(3e-3, 1e-3, 3e-4)
    )
    with mock.patch.object(preparation, "run_program", run_here):
        prepare_labelled(config, "nli", "pairs", prepared.vocabulary())
        prepare_labelled(config, "ner", "entities", prepared.vocabulary())
    return flags_of(config)


@pytest.fixture(scope="module")
def done(workdir, data_flags):
    done = run(f"--workdir={workdir}", f"--evaluators={','.join(TASKS)}", *data_flags)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def results(workdir, done):
    return [json.loads(line) for line in (workdir / "results.jsonl").open()]


def test_no_parallel_sentences_and_no_tensorflow_are_needed(done):
    assert done.stderr.splitlines()[-1] == "loaded"


def test_each_task_and_model_has_its_number_with_an_interval(results):
    for task in TASKS:
        reported = {
            line["model"]: line
            for line in results
            if (line["metric"], line["setting"]) == (METRICS[task], None)
        }
        assert set(reported) == {"trained", "random", *DESCRIBED[task].baselines}
        for line in reported.values():
            assert (line["source"], line["target"], line["n"]) == ("en", "fr", 12)
            assert line["low"] <= line["value"] <= line["high"]
        assert len({line["items"] for line in reported.values()} - {None}) == 1


def test_baselines_are_measured_on_source_dev_data_too(results):
    for task in TASKS:
        of_dev = {
            line["model"]: line
            for line in results
            if (line["metric"], line["setting"]) == (f"dev_{METRICS[task]}", None)
        }
        assert set(of_dev) == {"trained", "random", *DESCRIBED[task].baselines}
        assert {(line["target"], line["n"]) for line in of_dev.values()} == {("en", 12)}
        assert {of_dev[name]["step"] for name in DESCRIBED[task].baselines} == {0}


def test_every_setting_is_kept_and_the_best_two_by_source_dev_are_averaged(results):
    of = {
        (line["setting"], line["metric"]): line["value"]
        for line in results
        if (line["evaluator"], line["model"]) == ("ner", "trained")
    }
    settings = list(dict.fromkeys(setting for setting, _ in of if setting))  # as in the grid
    best = sorted(settings, key=lambda setting: -of[setting, "dev_f1"])[:2]

    assert len(settings) == 3
    assert of[None, "f1"] == pytest.approx(sum(of[setting, "f1"] for setting in best) / 2)


def test_the_first_epoch_is_on_the_screen(done):
    assert "epoch 1/2  loss" in done.stderr
    assert "test fr" in done.stderr


def test_the_report_has_the_table(workdir, done):
    text = (workdir / "report" / "report.md").read_text()

    assert "| checkpoint | NLI fr (accuracy, %) | NLI Δ | NER fr (F1, %) | NER Δ |" in text
    for model in ("untrained", "lookup", "hypothesis_only"):
        assert f"| {workdir.name}, {model} |" in text
    assert "zero-shot transfer" in done.stdout


def test_a_parser_on_every_frozen_layer_has_its_figure(workdir, data_flags, tmp_path):
    lines = [line.split() for line in sentences("en", 30)]
    rows = [f"{' '.join(line)} ||| {' '.join(line)}\n" for line in lines]
    links = [" ".join(f"{i}-{i}" for i in range(len(line))) + "\n" for line in lines]
    for name, content in (("bitext", rows), ("links", links)):
        (tmp_path / name).write_text("".join(content))

    done = run(
        f"--workdir={shutil.copytree(workdir, tmp_path / 'copy')}",
        "--evaluators=contextual_parsing",
        *data_flags,
        *(
            f"--config.evaluation.contextual.{name}={tmp_path / name}"
            for name in ("bitext", "links")
        ),
    )

    assert done.returncode == 0, done.stderr
    measured = [json.loads(line) for line in (tmp_path / "copy" / "results.jsonl").open()]
    assert {
        (line["model"], line["layer"])
        for line in measured
        if line["metric"] == "contextual_parsing_las" and line["n"] == 12
    } == {(model, layer) for model in ("trained", "random") for layer in (0, 1)}
    assert (tmp_path / "copy" / "report" / "contextual_parsing_las.png").is_file()
    assert "LAS mapped" in done.stdout
    assert done.stderr.splitlines()[-1] == "loaded"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--config.evaluation.finetuning.targets=de", "targets=de: this model knows en, fr"),
        ("--config.evaluation.parsing.test=none.conllu", "parsing.test=none.conllu: no such file"),
        ("--beside=elsewhere", "beside=elsewhere: no results there"),
    ],
)
def test_bad_input_is_told_before_anything_is_computed(workdir, data_flags, flag, message):
    told = run(f"--workdir={workdir}", "--evaluators=parsing", *data_flags, flag)

    assert told.returncode == 2
    error, _loaded = told.stderr.strip().splitlines()
    assert error.startswith("error: ")
    assert message in error

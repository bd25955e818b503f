"""The loop: private parts stay, a killed grid goes on as if nothing was."""

import dataclasses
import io
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import TaskConfig, TasksConfig
from mlm_xling.digests import seal, unseal
from mlm_xling.errors import DivergedError
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning import loop
from mlm_xling.evaluation.finetuning.checkpoints import DEV, best_params
from mlm_xling.evaluation.finetuning.grid import effective, settings
from mlm_xling.evaluation.finetuning.job import make_job as of_tables
from mlm_xling.evaluation.finetuning.step import Reading, Recipe, schedule, start
from mlm_xling.evaluation.finetuning.transfer import what_is_scored
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.locks import lock_file
from mlm_xling.vocabulary import UNKNOWN, XLM_SPECIAL
from tests.data_fixtures import LANGUAGES
from tests.traced_encoder import traced
from tests.waits import wait_until

CLIP = 1.0
LIMITS = Limits(16, 4, XLM_SPECIAL)


def grid(**changes):
    made = TaskConfig("", "", "", (16,), (1e-2,), epochs=2)
    return dataclasses.replace(made, **changes)


def make_job(tables, task, config):
    return of_tables(TASKS[task], config, tables[task], LANGUAGES, LIMITS, 1, seed=0)


@pytest.fixture
def run(tiny_encoder, tiny_config, tmp_path):
    def run(job, folder="run", say=lambda text: None, encoder=tiny_encoder):
        return loop.run_grid(job, encoder, tiny_config.model, CLIP, tmp_path / folder, say)

    return run


@pytest.fixture(scope="module")
def parsing(tables):
    """Trained for three epochs of one batch."""
    return make_job(tables, "parsing", grid(epochs=3))


def params_around(job, encoder, config, folder):
    head = job.task.head(config.model, job.labels, nnx.Rngs(params=job.seed))
    graphs = nnx.graphdef(encoder), nnx.graphdef(head)
    fresh = start(Recipe(*graphs, "linear", 0.1, CLIP), encoder, head)
    return fresh.params, best_params(folder, fresh.params)


def test_private_parts_stay_and_all_others_learn(parsing, run, tiny_encoder, tiny_config, tmp_path):
    (outcome,) = run(parsing)

    assert set(outcome.scores) == {DEV, "fr"}
    folder = tmp_path / "run" / outcome.setting.name
    before, after = params_around(parsing, tiny_encoder, tiny_config, folder)
    moved = jax.tree.map(lambda a, b: bool(np.any(a != b)), before, after)
    assert not any(jax.tree.leaves(moved["encoder"]["layer_1"]))
    for part in ("embeddings", "layer_2"):
        assert any(jax.tree.leaves(moved["encoder"][part]))
    assert any(jax.tree.leaves(moved["head"]))


class KilledError(Exception):
    """A kill in the middle of a run."""


def test_a_killed_grid_goes_on_with_the_setting_and_epoch_where_it_was(tables, run):
    job = make_job(tables, "parsing", grid(epochs=3, learning_rates=(1e-2, 3e-3)))
    whole = run(job, "whole")
    said = []

    def kill(text):
        said.append(text)
        if "lr=0.003" in text and "epoch 2/3" in text:
            raise KilledError

    with pytest.raises(KilledError):
        run(job, "killed", kill)
    began = len(said)
    again = run(job, "killed", said.append)

    assert "best epoch" in said[began]
    assert "resuming after epoch 2" in said[began + 1]
    assert "epoch 3/3" in said[began + 2]
    for one, other in zip(whole, again, strict=True):
        assert one.progress == other.progress
        for language, metrics in one.scores.items():
            for metric, ratio in metrics.items():
                np.testing.assert_array_equal(ratio, other.scores[language][metric])


def test_settings_and_encoders_share_one_program_a_shape(tables, run, tiny_encoder):
    job = make_job(tables, "ner", grid(epochs=1, warmup=0.2, learning_rates=(1e-2, 3e-3)))
    encoder, traces = traced(tiny_encoder)

    run(job, encoder=encoder)
    graph, state = nnx.split(encoder)
    loaded = nnx.merge(graph, jax.device_put(state, jax.local_devices()[0]))
    run(job, "loaded", encoder=loaded)

    assert [trains for _, trains in traces] == [True, False]


def test_a_finished_grid_is_not_trained_again(parsing, run, monkeypatch):
    first = run(parsing)
    monkeypatch.setattr(loop, "train", pytest.fail)

    (again,) = run(parsing)

    assert again.progress == first[0].progress


def test_further_test_data_is_tested_without_training(tables, run, monkeypatch):
    of_task = tables["parsing"]
    short, long = (of_task[f"{split}-en"] for split in ("dev", "train"))
    first = make_job({"parsing": {**of_task, "test-fr": short}}, "parsing", grid(epochs=3))
    further = make_job(
        {"parsing": {**of_task, "test-fr": short, "test-en": long}}, "parsing", grid(epochs=3)
    )
    (before,) = run(first)
    scored = []
    measure = loop.score
    monkeypatch.setattr(loop, "train", pytest.fail)
    monkeypatch.setattr(
        loop, "score", lambda *given: scored.append(given[-1].language) or measure(*given)
    )

    (after,) = run(further)

    assert scored == [LANGUAGES.index("en")]
    assert set(after.scores) == {DEV, "fr", "en"}
    assert after.progress == before.progress
    for metric, ratio in before.scores["fr"].items():
        np.testing.assert_array_equal(ratio, after.scores["fr"][metric])


def test_training_does_not_depend_on_test_data(tables):
    of_task = tables["parsing"]
    alone = {name: table for name, table in of_task.items() if not name.startswith("test-")}

    beside, without = (
        make_job({"parsing": given}, "parsing", grid()) for given in (of_task, alone)
    )

    assert beside.train.shapes == without.train.shapes
    assert beside.dev.shapes == without.dev.shapes


def test_altered_scores_of_a_test_are_measured_again(parsing, run, tmp_path, monkeypatch):
    (first,) = run(parsing)
    (path,) = (tmp_path / "run" / first.setting.name).glob("test-*.json")
    path.write_text(path.read_text().replace("0", "1"))
    monkeypatch.setattr(loop, "train", pytest.fail)
    said = []

    (again,) = run(parsing, say=said.append)

    assert f"warning: {path}: altered; fr is tested again" in said[0]
    np.testing.assert_array_equal(first.scores["fr"]["las"], again.scores["fr"]["las"])


def test_a_finished_setting_whose_model_is_gone_is_trained_again(parsing, run, tmp_path):
    (first,) = run(parsing)
    best = tmp_path / "run" / first.setting.name / "best"
    shutil.rmtree(best)
    said = []

    (again,) = run(parsing, say=said.append)

    assert f"warning: {best}: missing; this setting is trained again" in said[0]
    assert again.progress == first.progress


def test_scores_of_a_model_that_is_trained_again_are_not_kept(parsing, run, tmp_path):
    (first,) = run(parsing)
    place = tmp_path / "run" / first.setting.name
    (kept,) = place.glob("test-*.json")
    other = write_changed(kept)
    (place / "scores.json").unlink()  # As a removal leaves it that is killed.

    run(parsing)

    assert kept.read_text() != other


def write_changed(kept):
    scores = unseal(kept.read_text())
    scores["las"][0][0] += 1
    kept.write_text(seal(scores))
    return kept.read_text()


@pytest.mark.parametrize("name", ["scores.json", "best/*/state/_METADATA"])
def test_a_damaged_setting_is_trained_again(parsing, run, tmp_path, name):
    first = run(parsing)
    (path,) = (tmp_path / "run" / first[0].setting.name).glob(name)
    path.write_bytes(path.read_bytes()[:-1])
    said = []

    (again,) = run(parsing, say=said.append)

    assert f"warning: {path}: " in said[0]
    assert "this setting is trained again" in said[0]
    assert again.progress == first[0].progress


def test_parameters_that_are_not_finite_are_not_kept(parsing, run, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_are_finite", lambda params: False)

    with pytest.raises(
        DivergedError, match=r"epoch 1: .* lower config.evaluation.parsing.learning_r"
    ):
        run(parsing)

    assert not list((tmp_path / "run").glob("*/latest/*"))


def test_the_head_may_have_a_rate_of_its_own():
    config = grid(learning_rates=(1e-6, 1e-5), head_learning_rates=(1e-4,), batch_sizes=(4, 8))

    assert [setting.name for setting in settings(config)] == [
        "batch=4,lr=1e-06,head_lr=0.0001",
        "batch=4,lr=1e-05,head_lr=0.0001",
        "batch=8,lr=1e-06,head_lr=0.0001",
        "batch=8,lr=1e-05,head_lr=0.0001",
    ]


def test_the_quick_grid_stands_where_nothing_else_is_asked_for():
    usual = dataclasses.replace(TasksConfig().nli, train="own.tsv")
    asked = dataclasses.replace(usual, epochs=3, learning_rates=(1e-2, 1e-3))

    quick, own = (effective(TASKS["nli"], config, quick=True) for config in (usual, asked))

    assert quick == dataclasses.replace(
        usual, head_learning_rates=(), schedule="linear", **TASKS["nli"].quick
    )
    assert own == dataclasses.replace(quick, epochs=3, learning_rates=(1e-2, 1e-3))
    assert effective(TASKS["nli"], asked, quick=False) == asked


def test_labels_that_training_lacks_are_counted_and_named(tables):
    of_task = tables["ner"]
    test = of_task["test-fr"]
    column = TASKS["ner"].column
    renamed = tuple(label.replace("PER", "MISC") for label in test.names[column])
    changed = dataclasses.replace(test, names={column: renamed})
    count = sum(label == "B-PER" for cell in test.strings(column) for label in cell)

    job = make_job({"ner": {**of_task, "test-fr": changed}}, "ner", grid())
    _, warning = what_is_scored(job, job.tests["fr"], LIMITS)

    assert count > 0
    assert warning.startswith(f"{count} labels that the training data lacks")
    assert warning.endswith(f"B-MISC ({count})")


def test_pairs_that_are_cut_are_counted(tables):
    job = make_job(tables, "nli", grid())
    split = job.tests["fr"]
    columns = split.table.columns
    sides = zip(columns["premise"], columns["hypothesis"], strict=True)
    *_, third, longer, longest = sorted(len(a) + len(b) for a, b in sides)

    _, told = what_is_scored(job, split, Limits(third + 3, 4, XLM_SPECIAL))

    assert third < longer <= longest
    assert told.startswith(f"2 of 12 are longer than {third + 3} tokens; the end of their longer")
    assert list(what_is_scored(job, split, Limits(longest + 3, 4, XLM_SPECIAL))) == ["12 pairs"]


@pytest.mark.parametrize(("task", "column"), [("ner", "ids"), ("nli", "premise")])
def test_labelled_text_that_the_vocabulary_hardly_knows_is_warned_of(tables, task, column):
    of_task = tables[task]
    test = of_task["test-fr"]
    foreign = [np.full_like(cell, UNKNOWN) for cell in test.columns[column]]
    changed = dataclasses.replace(test, columns={**test.columns, column: foreign})
    job = make_job({task: {**of_task, "test-fr": changed}}, task, grid())

    (*_, known), (*_, warning) = (
        what_is_scored(job, split, Limits(100, 4, XLM_SPECIAL))
        for split in (job.dev, job.tests["fr"])
    )

    assert "unknown" not in known
    assert re.match(r"warning: \d+% of the tokens are unknown to the vocabulary", warning)


def test_the_linear_schedule_rises_for_a_tenth_and_ends_at_zero():
    recipe = Recipe(None, None, "linear", 0.1, CLIP)  # pyright: ignore[reportArgumentType]

    shares = [float(schedule(recipe, jnp.asarray(step), jnp.asarray(100))) for step in range(101)]

    assert shares[:10] == pytest.approx([0.1 * (i + 1) for i in range(10)])
    assert max(shares) == shares[9] == 1
    assert shares[10:] == pytest.approx([1 - i / 90 for i in range(91)], abs=1e-6)


def test_predictions_do_not_depend_on_the_shape_of_a_batch(tables, tiny_encoder, tiny_config):
    job = make_job(tables, "parsing", grid())
    head = job.task.head(tiny_config.model, job.labels, nnx.Rngs(params=1))
    recipe = Recipe(nnx.graphdef(tiny_encoder), nnx.graphdef(head), "linear", 0.1, CLIP)
    reading = Reading(recipe, {})
    params = start(recipe, tiny_encoder, head).params
    split = job.tests["fr"]
    *_, largest = split.shapes
    wider = split._replace(shapes=(largest._replace(words=largest.words + 16),))

    said, in_wider = (loop.predictions(job, reading, params, each) for each in (split, wider))

    for one, other in zip(said, in_wider, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_killed_grid_left_is_removed(parsing, run, tmp_path):
    (outcome,) = run(parsing)
    place = tmp_path / "run" / outcome.setting.name
    (place / "latest" / "2").mkdir(parents=True)

    run(parsing)

    assert not (place / "latest").exists()


def test_an_unfinished_save_of_a_killed_grid_is_removed(parsing, run, tmp_path):
    place = tmp_path / "run" / settings(parsing.config)[0].name
    for kind in ("latest", "best"):
        (place / kind / "1.orbax-checkpoint-tmp").mkdir(parents=True)

    run(parsing)

    assert [path for path in place.rglob("*tmp*") if path.is_dir()] == []


def test_a_grid_is_run_by_one_process_at_a_time(parsing, run, tmp_path, monkeypatch):
    # Not capsys, which loses what is said between its reading and its emptying of what was said.
    told, waits = io.StringIO(), "waiting for the process that writes run"
    monkeypatch.setattr(sys, "stderr", told)
    with ThreadPoolExecutor() as pool:
        with lock_file(tmp_path / "run" / ".lock", pytest.fail):
            other = pool.submit(run, parsing)
            wait_until(lambda: waits in told.getvalue() or other.done(), "the other one waits")
            assert not other.done()
        assert len(other.result()) == 1

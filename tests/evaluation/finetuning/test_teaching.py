"""Grids with a teacher: what it says is computed once, and what a killed one goes on with."""

import dataclasses

import jax
import numpy as np
import pytest

from mlm_xling.config import TaskConfig
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning import loop, teaching
from mlm_xling.evaluation.finetuning.checkpoints import best_params
from mlm_xling.evaluation.finetuning.job import make_job as of_tables
from mlm_xling.evaluation.finetuning.soft_labels import SoftLabels
from mlm_xling.evaluation.finetuning.step import trained_params
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.model.objective import Objective
from mlm_xling.vocabulary import XLM_SPECIAL
from tests.data_fixtures import LANGUAGES
from tests.evaluation.finetuning.test_loop import KilledError

pytestmark = pytest.mark.slow

CLIP = 1.0
GRID = TaskConfig("", "", "", (16,), (1e-2,), epochs=2)


def make_job(tables, task):
    limits = Limits(16, 4, XLM_SPECIAL)
    return of_tables(TASKS[task], GRID, tables[task], LANGUAGES, limits, 1, seed=0)


def taught(job, labels, weight=0.5):
    return dataclasses.replace(job, soft=labels, objective=Objective(weight, 2.0))


@pytest.fixture
def run(tiny_encoder, tiny_config, tmp_path):
    def run(job, folder, say=lambda text: None, after=None):
        where, model = tmp_path / folder, tiny_config.model
        return loop.run_grid(job, tiny_encoder, model, CLIP, where, say, after)

    return run


@pytest.fixture
def teacher(run, tiny_encoder, tiny_config, tmp_path):
    """Makes a teacher of a job: what it says, and the parts of which it says that."""

    def learn(job):
        ((setting, *_),) = run(job, "teacher")
        head = loop.make_head(job, tiny_config.model)
        reading = loop.make_reading(job, tiny_encoder, head, CLIP)
        like, folder = trained_params(tiny_encoder, head), tmp_path / "teacher" / setting.name
        return lambda say=print: teaching.soft_labels(job, reading, like, folder, say), reading

    return learn


def assert_same(some, others):
    for one, other in zip(some, others, strict=True):
        assert one.progress == other.progress
        jax.tree.map(np.testing.assert_array_equal, one.scores, other.scores)


def test_the_labels_that_score_best_are_those_that_the_teacher_predicts(
    tables, teacher, tiny_encoder, tiny_config, tmp_path
):
    job = make_job(tables, "ner")
    speak, reading = teacher(job)
    (folder,) = (tmp_path / "teacher").glob("batch*")
    like = trained_params(tiny_encoder, loop.make_head(job, tiny_config.model))

    predicted = loop.predictions(job, reading, best_params(folder, like), job.train)

    for scores, of_sentence in zip(speak().sentences, predicted, strict=True):
        np.testing.assert_array_equal(scores[0].argmax(axis=1), of_sentence[:, 0])


def test_what_a_teacher_says_is_computed_once_and_again_if_it_is_damaged(
    tables, teacher, tmp_path, monkeypatch
):
    speak, _ = teacher(make_job(tables, "parsing"))
    first = speak()

    with monkeypatch.context() as patch:
        patch.setattr(teaching, "score_answers", pytest.fail)
        again = speak()
    (path,) = (tmp_path / "teacher").rglob("soft_labels.npz")
    path.write_bytes(path.read_bytes()[:-1])
    said = []
    mended = speak(said.append)

    assert f"warning: {path}: " in said[0]
    for labels in (again, mended):
        assert labels.name == first.name
        jax.tree.map(np.testing.assert_array_equal, labels.sentences, first.sentences)


@pytest.mark.parametrize("task", ["ner", "parsing", "nli"])
def test_a_teacher_without_weight_changes_no_bit_and_one_with_weight_does(
    tables, run, teacher, task, tiny_encoder, tiny_config, tmp_path
):
    job = make_job(tables, task)
    labels = teacher(job)[0]()
    like = trained_params(tiny_encoder, loop.make_head(job, tiny_config.model))

    def params(name, weight):
        ((setting, *_),) = run(taught(job, labels, weight), name)
        return jax.tree.leaves(best_params(tmp_path / name / setting.name, like))

    plain = jax.tree.leaves(best_params(next((tmp_path / "teacher").glob("batch*")), like))
    silent, heard = params("silent", 0.0), params("heard", 1.0)

    assert all(np.array_equal(one, other) for one, other in zip(plain, silent, strict=True))
    assert not all(np.array_equal(one, other) for one, other in zip(plain, heard, strict=True))


def test_where_the_teacher_is_silent_right_answers_teach(tables, run):
    job = make_job(tables, "parsing")
    words = job.task.words(job.train.table)
    silent = SoftLabels.silent("", words, lambda count: job.task.answers(count, job.labels))

    assert_same(run(taught(job, silent, 1.0), "silent"), run(job, "plain"))


def test_a_killed_student_goes_on_as_if_nothing_was(tables, run, teacher):
    job = make_job(tables, "parsing")
    job = taught(job, teacher(job)[0]())
    whole = run(job, "whole")

    def kill(text):
        if "epoch 1/2" in text:
            raise KilledError

    with pytest.raises(KilledError):
        run(job, "killed", kill)

    assert_same(run(job, "killed"), whole)


def test_a_second_stage_begins_with_the_best_parameters_and_a_fresh_optimizer(
    tables, run, tmp_path, monkeypatch
):
    job = make_job(tables, "ner")
    ((setting, *_),) = run(job, "first")
    begun = []
    run_setting = loop._run_setting

    def noting(job, reading, setting, fresh, *rest):
        begun.append(jax.device_get(fresh))
        return run_setting(job, reading, setting, fresh, *rest)

    monkeypatch.setattr(loop, "_run_setting", noting)
    run(job, "plain")
    run(job, "second", after=tmp_path / "first")

    plain, second = begun
    best = best_params(tmp_path / "first" / setting.name, plain.params)
    jax.tree.map(np.testing.assert_array_equal, second.params, best)
    jax.tree.map(np.testing.assert_array_equal, second.optimizer, plain.optimizer)
    assert second.step == 0

"""Part-of-speech tagging: the trees' tags, learnt and scored by the word."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from mlm_xling.config import TaskConfig
from mlm_xling.evaluation.evaluators import EVALUATORS, TASKS
from mlm_xling.evaluation.finetuning.checkpoints import DEV
from mlm_xling.evaluation.finetuning.job import make_job
from mlm_xling.evaluation.finetuning.loop import run_grid
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.vocabulary import XLM_SPECIAL
from tests.data_fixtures import LANGUAGES
from tests.labelled_fixtures import repeated

POS = TASKS["pos"]


@pytest.fixture(scope="module")
def trees(tables):
    return tables["parsing"]


def test_accuracy_is_that_of_all_words(trees):
    table = trees["test-fr"]
    labels = POS.labels(trees["train-en"])
    rng = np.random.default_rng(0)
    said = [rng.integers(len(labels), size=(words, 1)) for words in POS.words(table)]

    found = POS.scores(table, labels, said)["accuracy"].value

    gold = [tag for cell in table.strings("upos") for tag in cell]
    assert found == accuracy_score(gold, [labels[i] for cell in said for i in cell[:, 0]])
    assert 0 < found < 1


def test_a_tag_that_training_lacks_counts_as_wrong(trees):
    table, labels = trees["test-fr"], ("NUM",)
    said = [np.full((words, 1), -1) for words in POS.words(table)]

    assert POS.scores(table, labels, said)["accuracy"].value == 0


def test_tags_are_learnt_from_the_files_of_trees(trees, tiny_encoder, tiny_config, tmp_path):
    grid = TaskConfig("", "", "", (16,), (1e-2,), epochs=3)
    tables = trees | {"train-en": repeated(trees["train-en"], 40)}
    job = make_job(POS, grid, tables, LANGUAGES, Limits(16, 4, XLM_SPECIAL), 1, seed=0)

    (outcome,) = run_grid(job, tiny_encoder, tiny_config.model, 1.0, tmp_path, lambda text: None)

    assert set(outcome.scores) == {DEV, "fr"}
    assert outcome.dev_score("accuracy") > 0.95


def test_it_is_an_evaluator_and_has_heads_on_frozen_layers():
    assert {"pos", "contextual_pos"} <= set(EVALUATORS)

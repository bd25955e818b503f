"""Every head can learn two hundred sentences of the lab by heart."""

import pytest

from mlm_xling.config import LabConfig, TaskConfig, VocabularyConfig
from mlm_xling.data.location import Location
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning.job import make_job
from mlm_xling.evaluation.finetuning.loop import run_grid
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.vocabulary import XLM_SPECIAL, train_vocabulary
from tasks.lab.files import write_labelled, write_text
from tests.data_fixtures import small_config
from tests.labelled_fixtures import repeated

pytestmark = pytest.mark.slow
LAB = LabConfig(languages=("a",), sentences=2_000, parallel_rows=4, labelled=200, nli_pairs=200)
FILES = {"nli": "nli/a-train.tsv", "ner": "ner/a-train.txt", "parsing": "trees/a-train.conllu"}
TIMES = {"nli": 12, "ner": 12, "parsing": 20}
"""How often the only epoch shows each sentence."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("lab")
    write_text(LAB, made, lambda text: None)
    write_labelled(LAB, made, lambda text: None)
    return made


@pytest.fixture(scope="module")
def vocabulary(folder):
    lines = (folder / "a.txt").read_text().split("\n")
    return train_vocabulary({"a": list(filter(None, lines))}, VocabularyConfig(size=500))


@pytest.fixture(scope="module")
def config(folder):
    config = small_config(folder, folder)
    config.languages = ("a",)
    model = config.model
    model.layers, model.heads, model.width, model.mlp, model.max_positions = 1, 4, 64, 128, 32
    model.dropout = model.attention_dropout = 0.0
    return config


@pytest.mark.parametrize("task", FILES)
def test_two_hundred_sentences_of_the_lab_are_learnt_by_heart(
    folder, vocabulary, config, tmp_path, task
):
    from tasks.labelled import labelled_table  # It brings TensorFlow, which few tests here need.

    place = Location("train", "a", str(folder / FILES[task]), "")
    once = labelled_table(TASKS[task].kind, place, vocabulary)
    grid = TaskConfig("", "", "", (16,), (3e-3,), epochs=1)
    tables = {"train-a": repeated(once, TIMES[task]), "dev-a": once}
    job = make_job(TASKS[task], grid, tables, ("a",), Limits(32, 2, XLM_SPECIAL), buckets=1, seed=0)
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=0)
    said = []

    (outcome,) = run_grid(job, encoder, config.model, 1.0, tmp_path / "run", said.append)

    assert len(once) == 200
    assert outcome.dev_score(job.task.selection) == 1.0, said

"""A tiny encoder and small tables for the loop."""

import pytest

from mlm_xling.config import VocabularyConfig
from mlm_xling.data.location import Location
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.vocabulary import train_vocabulary
from tests.data_fixtures import LANGUAGES, sentences, small_config
from tests.labelled_fixtures import write_labelled

SUFFIXES = {"parsing": "conllu", "ner": "bio", "nli": "tsv"}


@pytest.fixture(scope="session")
def vocabulary():
    samples = {language: sentences(language, 200) for language in LANGUAGES}
    return train_vocabulary(samples, VocabularyConfig(size=150))


@pytest.fixture(scope="session")
def tiny_config(tmp_path_factory):
    """One shared layer and one private."""
    config = small_config(tmp_path_factory.mktemp("text"), tmp_path_factory.mktemp("cache"))
    model = config.model
    model.layers, model.heads, model.width, model.mlp, model.max_positions = 2, 2, 32, 32, 16
    model.dropout = model.attention_dropout = 0.0
    model.private = ("layer_1",)
    return config


@pytest.fixture(scope="session")
def tiny_encoder(tiny_config, vocabulary):
    return random_encoder(tiny_config, language_ids(vocabulary, tiny_config), seed=0)


@pytest.fixture(scope="session")
def tables(vocabulary, tmp_path_factory):
    """Tables by task; 12 sentences a split, and the training sentences are the dev sentences."""
    from tasks.labelled import labelled_table  # It brings TensorFlow, which few tests here need.

    folder = tmp_path_factory.mktemp("labelled")
    write_labelled(folder, 12)

    def of(task):
        made = {}
        for split, language in (("train", "en"), ("test", "fr")):
            place = str(folder / f"{split}-{language}.{SUFFIXES[task]}")
            at = Location(split, language, place, "")
            made[at.table] = labelled_table(TASKS[task].kind, at, vocabulary)
        return {"dev-en": made["train-en"], **made}

    return {task: of(task) for task in SUFFIXES}

"""`data.source=lab` behaves like any folder of text files."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from configs.demo import get_config
from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.seen import seen_in_training
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation import lab as module
from mlm_xling.preparation.lab import (
    lab_directory,
    lab_distances,
    labelled_lab_directory,
    with_local_files,
)
from mlm_xling.preparation.prepare_labelled import locations
from tests.data_fixtures import prepare_here, run_here, small_config


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = small_config(Path(), tmp_path_factory.mktemp("cache"))
    config.data.text_dir = ""
    config.data.source, config.languages = "lab", ("a", "e")
    config.lab.languages = ("a", "c", "e")
    config.lab.sentences, config.lab.parallel_rows = 1_500, 60
    config.lab.labelled = config.lab.nli_pairs = 8
    config.vocabulary.size = 300
    return resolve(config)


@pytest.fixture(scope="module")
def prepared(config: Config) -> Prepared:
    return prepare_here(config)


def test_the_lab_is_prepared_like_files(config: Config, prepared: Prepared) -> None:
    assert prepared.manifest.languages.keys() == {"a", "e"}
    for record in prepared.manifest.languages.values():
        total = record.train.sentences + record.dev.sentences
        assert total + record.held_out + record.near_duplicates == config.lab.sentences


def test_its_parallel_rows_are_held_out_and_found_by_evaluation(
    config: Config, prepared: Prepared
) -> None:
    nothing: Any = None
    model = Pretrained(config, nothing, nothing, 0, prepared.directory)
    inputs = Inputs(model, model)
    rows = inputs[parallel_rows]
    assert inputs.warnings == []
    assert len(rows.test["a"]) == config.evaluation.pairs
    for sentences in rows.test.values():
        assert not any(seen_in_training(prepared, sentences))


def test_its_distances_go_by_name(config: Config, prepared: Prepared) -> None:
    assert lab_distances(config, "grammar").read_text().startswith("\ta\tc\te\n")
    with pytest.raises(InputError, match="lab:word: no such table; the lab has lab:grammar, lab:l"):
        lab_distances(config, "word")
    assert lab_distances(with_local_files(config), "lexicon").is_file()
    with pytest.raises(InputError, match="lab:lexicon: this model was not trained on the lab"):
        lab_distances(Config(), "lexicon")


def test_files_that_are_there_are_not_made_again(
    config: Config, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "run_program", pytest.fail)
    local = with_local_files(config)
    assert local.data.source == "text"
    assert Path(local.data.text_dir, "a.txt").is_file()
    assert config.data.source == "lab"


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("cut off")])
def test_files_that_are_missing_or_damaged_are_made_again(
    config: Config, prepared: Prepared, monkeypatch: pytest.MonkeyPatch, damage: Callable
) -> None:
    monkeypatch.setattr(module, "run_program", run_here)
    text = lab_directory(config) / "a.txt"
    before = text.read_bytes()
    damage(text)

    with_local_files(config)

    assert text.read_bytes() == before


def test_a_parallel_file_of_the_user_comes_first(config: Config, prepared: Prepared) -> None:
    mine = copy.deepcopy(config)
    mine.data.parallel = "mine.tsv"
    assert with_local_files(mine).data.parallel == "mine.tsv"


def test_other_sources_stay_as_they_are() -> None:
    config = Config()
    assert with_local_files(config) is config


def test_only_the_labs_own_fields_determine_its_files(config: Config) -> None:
    changed = copy.deepcopy(config)
    changed.training.seed, changed.languages, changed.vocabulary.size = 7, ("e",), 77
    assert lab_directory(changed) == lab_directory(config)
    changed.lab.anchors = 0.0
    assert lab_directory(changed) != lab_directory(config)


def test_generation_needs_no_tensorflow() -> None:
    code = (
        "import sys, mlm_xling.preparation.lab, tasks.lab.files\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'seqio', 'jax')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_labelled_files_are_made_when_a_task_asks_for_them(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "run_program", run_here)
    mine = copy.deepcopy(config)
    mine.data.cache_dir = str(tmp_path)
    mine.evaluation.ner.test = "lab:"
    mine.evaluation.parsing.test = "lab:parallel.tsv"
    with_local_files(mine)
    assert not labelled_lab_directory(mine).exists()

    (text,) = locations(mine, "parsing", "trees", [("test", "e")])
    assert text.path == lab_directory(mine) / "parallel.tsv"
    assert not labelled_lab_directory(mine).exists()

    (ner,) = locations(mine, "ner", "entities", [("test", "e")])
    assert ner.path == labelled_lab_directory(mine) / "ner" / "e-test.txt"


@pytest.mark.parametrize("task", ["nli", "ner", "parsing"])
def test_its_labelled_files_are_the_tasks_of_its_configuration(
    config: Config, prepared: Prepared, task: str
) -> None:
    mine = copy.deepcopy(config)
    mine.evaluation = get_config("a-e/default").evaluation
    places = [place.path for place in locations(mine, task, TASKS[task].kind)]
    assert [place.name.partition(".")[0] for place in places if place] == [
        "a-train",
        "a-dev",
        "e-test",
    ]

"""A run goes on with the text that it began with, or is refused before anything is prepared."""

import copy
import json
import re
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.config.stored import to_json
from mlm_xling.data.cache import digest
from mlm_xling.errors import InputError
from mlm_xling.preparation.prepare import stream_inputs, vocabulary_directory
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.resuming import require_run
from tests.data_fixtures import small_config
from tests.robustness.programs import content


@pytest.fixture
def config(text_dir, tmp_path) -> Config:
    """A configuration of text of its own; nothing of it is ever prepared."""
    shutil.copytree(text_dir, tmp_path / "text")
    config = small_config(tmp_path / "text", tmp_path / "cache")
    config.data.parallel = str(tmp_path / "text" / "parallel.tsv")
    config.data.code_switching.probability = 0.1
    config.data.dictionary = str(tmp_path / "en-fr.tsv")
    (tmp_path / "en-fr.tsv").write_text("de\tda\n")
    return config


@pytest.fixture
def workdir(config, tmp_path) -> Path:
    """A run of this configuration that has saved step 7."""
    inputs = stream_inputs(config)
    metadata = Metadata(7, to_json(config), "", digest(inputs), "", inputs=inputs)
    saved = tmp_path / "run" / "checkpoints" / "latest" / "7" / "metadata"
    saved.mkdir(parents=True)
    (saved / "metadata").write_text(json.dumps(asdict(metadata)))
    return tmp_path / "run"


def append(path: str | Path, text: str) -> None:
    with Path(path).open("a") as file:
        file.write(text)


def refused(workdir: Path, config: Config, message: str) -> None:
    before = content(workdir.parent)
    with pytest.raises(InputError, match=message):
        require_run(workdir, config)
    assert content(workdir.parent) == before


def test_the_same_run_goes_on_and_a_new_one_begins(workdir, config):
    require_run(workdir, config)
    require_run(workdir.with_name("new"), config)


def test_a_longer_run_goes_on(workdir, config):
    longer = copy.deepcopy(config)
    longer.training.steps += 1

    require_run(workdir, longer)


def test_changed_text_is_named_with_file_and_language(workdir, config):
    path = f"{config.data.text_dir}/fr.txt"
    append(path, "Da ti.\n")

    refused(workdir, config, f"{re.escape(path)}: the text of 'fr' has changed since")


def test_text_elsewhere_that_is_the_same_will_do(workdir, config, tmp_path):
    shutil.copytree(config.data.text_dir, tmp_path / "moved")
    moved = copy.deepcopy(config)
    moved.data.text_dir = str(tmp_path / "moved")

    require_run(workdir, moved)


def test_changed_parallel_sentences_are_named(workdir, config):
    append(config.data.parallel, "Lo.\tLa.\n")

    refused(workdir, config, r"config\.data\.parallel=.*parallel\.tsv: the file has changed")


def test_parallel_sentences_that_a_run_began_without_are_named(workdir, config):
    other = copy.deepcopy(config)
    other.data.parallel = ""

    refused(workdir, other, r"config\.data\.parallel \(it was .*tsv, now it is empty\) has changed")


def test_other_pairs_held_out_are_named_by_their_fields(workdir, config):
    other = copy.deepcopy(config)
    other.evaluation.pairs += 1

    refused(workdir, other, r"config\.evaluation\.pairs, .*: what is held out of the text has")


def test_a_changed_dictionary_is_named(workdir, config):
    append(config.data.dictionary, "ki\tki\n")

    refused(workdir, config, r"en-fr\.tsv: the dictionary en-fr has changed since")


def test_a_changed_field_is_named_first(workdir, config):
    append(f"{config.data.text_dir}/fr.txt", "Da ti.\n")
    wider = copy.deepcopy(config)
    wider.model.width *= 2

    refused(workdir, wider, r"config\.model\.width: .* was trained with 768, not 1536")


def test_another_vocabulary_is_named_by_its_folder(workdir, config, prepared):
    made = vocabulary_directory(config)
    prepared.vocabulary().save(made)

    refused(workdir, config, f"{made}: not the vocabulary that the run of .*run began with")


def test_missing_text_is_told_even_of_a_new_run(config, tmp_path):
    (tmp_path / "text" / "en.txt").unlink()

    refused(tmp_path / "new", config, "en.txt: no such file")


def test_a_run_that_has_done_more_steps_is_not_the_one_of_fewer(workdir, config):
    config.training.steps = 7
    require_run(workdir, config)

    config.training.steps = 6
    refused(
        workdir, config, r"config.training.steps=6: .*run has already done 7 steps; use another"
    )


def test_a_checkpoint_that_says_what_this_version_does_not_know_is_refused(workdir, config):
    saved = workdir / "checkpoints" / "latest" / "7" / "metadata" / "metadata"
    saved.write_text(json.dumps(json.loads(saved.read_text()) | {"later": 1}))

    refused(workdir, config, r"latest/7: another version of mlm_xling saved this \(later\)")

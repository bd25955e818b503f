"""Preparation: once, whole, and with one line about what is wrong with the input."""

import copy
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.config.stored import to_json
from mlm_xling.data.manifest import Prepared, is_prepared
from mlm_xling.data.parallel import evaluation_rows, read_parallel
from mlm_xling.data.seen import seen_in_training
from mlm_xling.errors import InputError
from mlm_xling.preparation import prepare as preparation
from mlm_xling.preparation import shards
from mlm_xling.preparation.prepare import prepare, streams_directory, vocabulary_directory
from tasks.all_cores import OnAllCores
from tests.data_fixtures import (
    LANGUAGES,
    documents,
    prepare_here,
    small_config,
    write_documents,
)
from tests.waits import wait_until


@pytest.fixture
def config(prepared_config: Config, tmp_path: Path) -> Config:
    """Like the prepared one, but with an empty cache."""
    config = copy.deepcopy(prepared_config)
    config.data.cache_dir = str(tmp_path / "cache")
    return config


def content(prepared: Prepared) -> dict[str, bytes]:
    return {name: (prepared.directory / name).read_bytes() for name in prepared.manifest.files}


def test_what_is_prepared_is_not_prepared_again(
    prepared: Prepared, prepared_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "run_program", pytest.fail)
    assert prepare(prepared_config) == prepared


def test_the_same_input_gives_the_same_bytes(prepared: Prepared, config: Config) -> None:
    assert content(prepare_here(config)) == content(prepared)


def test_the_number_of_cores_changes_no_byte(
    prepared: Prepared, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr(OnAllCores.__init__, "__defaults__", (0,))
    start = OnAllCores._start
    monkeypatch.setattr(OnAllCores, "_start", lambda each: started.append(each) or start(each))
    assert content(prepare_here(config)) == content(prepared)
    assert len(started) >= 2 * len(config.languages)


def test_the_order_of_languages_does_not_matter(config: Config) -> None:
    before = streams_directory(config)
    config.languages = tuple(reversed(config.languages))
    assert streams_directory(config) == before


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("data", "shuffle", "lines"),
        ("data", "dev_fraction", 0.2),
        ("data", "parallel", ""),
        ("data", "disjoint_documents", True),
        ("vocabulary", "size", 201),
        ("vocabulary", "training_lines", 99),
        ("training", "length", 17),
        ("data", "seed", 1),
        ("data", "equal_size", "tokens"),
        ("evaluation", "pairs", 11),
    ],
)
def test_whatever_matters_has_a_directory_of_its_own(
    config: Config, section: str, field: str, value: object
) -> None:
    before = streams_directory(config)
    setattr(getattr(config, section), field, value)
    assert streams_directory(config) != before


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("training", "batch_size", 2),
        ("training", "seed", 1),
        ("model", "layers", 2),
        ("data", "sampling_exponent", 1.0),
    ],
)
def test_what_does_not_matter_does_not_prepare_again(
    config: Config, section: str, field: str, value: object
) -> None:
    before = streams_directory(config)
    setattr(getattr(config, section), field, value)
    assert streams_directory(config) == before


def test_a_changed_text_has_a_directory_of_its_own(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / f"{language}.txt").write_text("A sentence.\n")
    config = small_config(tmp_path, tmp_path)
    before = streams_directory(config)
    (tmp_path / "fr.txt").write_text("A sentences\n")
    assert streams_directory(config) != before


def test_a_changed_parallel_file_has_a_directory_of_its_own(
    config: Config, text_dir: Path, tmp_path: Path
) -> None:
    before = streams_directory(config)
    config.data.parallel = str(tmp_path / "parallel.tsv")
    (tmp_path / "parallel.tsv").write_bytes((text_dir / "parallel.tsv").read_bytes() + b"a\tb\n")
    assert streams_directory(config) != before


def test_reserved_sentences_are_not_trained_on(prepared: Prepared, prepared_config: Config) -> None:
    evaluation = prepared_config.evaluation
    path = Path(prepared_config.data.parallel)
    rows = evaluation_rows(read_parallel(path), evaluation.pairs, evaluation.fit_pairs)
    for language in LANGUAGES:
        for part in rows:
            assert not any(seen_in_training(prepared, part[language]))
        assert prepared.manifest.languages[language].held_out >= 20


def test_prepared_streams_bring_their_vocabulary(prepared: Prepared) -> None:
    vocabulary = prepared.vocabulary()
    assert vocabulary.fingerprint == prepared.manifest.vocabulary
    assert vocabulary.size == prepared.manifest.vocabulary_size == 200


# Bad input, as the training process meets it.


def with_text(tmp_path: Path, french: bytes | None) -> Config:
    write_documents(tmp_path / "en.txt", documents("en", 60))
    if french is not None:
        (tmp_path / "fr.txt").write_bytes(french)
    return small_config(tmp_path, tmp_path / "cache")


@pytest.mark.parametrize(
    ("french", "message"),
    [
        (None, r"fr.txt: no such file; config.data.text_dir needs one"),
        (b"", r"fr.txt: empty"),
    ],
)
def test_a_missing_or_empty_file_is_named(
    tmp_path: Path, french: bytes | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        prepare(with_text(tmp_path, french))


def test_the_program_hands_back_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"fr.txt:2: not UTF-8") as error:
        prepare(with_text(tmp_path, b"fine\ncaf\xe9\n"))
    assert "\n" not in str(error.value)
    assert not is_prepared(streams_directory(with_text(tmp_path, b"fine\ncaf\xe9\n")))


def test_too_large_a_vocabulary_is_refused(config: Config) -> None:
    config.vocabulary.size = 99_999
    with pytest.raises(InputError, match=r"config.vocabulary.size=99999: .* at most \d+"):
        prepare_here(config)
    assert not streams_directory(config).exists()


def test_fewer_chunks_than_a_batch_are_refused(prepared: Prepared, prepared_config: Config) -> None:
    config = copy.deepcopy(prepared_config)
    config.training.batch_size = 10_000
    with pytest.raises(InputError, match=r"batch_size=10000: the text of 'en' fills only \d+ ch"):
        prepare(config)


def test_a_language_that_is_not_trained_on_may_have_less_than_a_batch(
    prepared: Prepared, prepared_config: Config
) -> None:
    chunks = {name: one.train.chunks for name, one in prepared.manifest.languages.items()}
    fewest, most = sorted(chunks, key=chunks.__getitem__)
    assert chunks[fewest] < chunks[most]
    config = copy.deepcopy(prepared_config)
    config.training.languages, config.training.batch_size = (most,), chunks[most]

    assert prepare(config).directory == prepared.directory


def test_a_dev_split_without_a_chunk_is_refused(config: Config) -> None:
    config.data.dev_fraction = 1e-6
    prepare_here(config)
    with pytest.raises(InputError, match=r"dev_fraction=1e-06: the dev documents of 'en' do not"):
        prepare(config)


def test_a_text_held_out_entirely_is_refused(config: Config) -> None:
    config.data.dev_fraction = 1.0
    with pytest.raises(InputError, match=r"text of 'en' leaves no sentence"):
        prepare_here(config)


def test_a_full_disk_leaves_nothing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise RuntimeError("write() failed: No space left on device; writing x")

    monkeypatch.setattr(shards.ShardWriter, "write", full)
    with pytest.raises(InputError, match=r"streams/\w+: no space left on device"):
        prepare_here(config)
    names = [path.name for path in streams_directory(config).parent.iterdir()]
    assert names == [streams_directory(config).name + ".lock"]


# Other processes, alive and dead.


def start_program(config: Config) -> subprocess.Popen:
    settings = Path(config.data.cache_dir).parent / "config.json"
    settings.write_text(to_json(config))
    with settings.open() as stdin:
        return subprocess.Popen(
            [sys.executable, "-m", "mlm_xling.preparation.prepare"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def wait_for(path: Path, program: subprocess.Popen) -> None:
    wait_until(path.exists, f"{path} is there", program)
    assert program.poll() is None, "ended before it was to be killed"


def test_a_killed_preparation_is_not_in_the_way(prepared: Prepared, config: Config) -> None:
    directory = streams_directory(config)
    partial = directory.with_name(directory.name + ".partial")
    program = start_program(config)
    wait_for(partial / "en", program)
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    assert partial.exists()
    assert not directory.exists()
    assert content(prepare_here(config)) == content(prepared)
    assert not partial.exists()


def test_a_folder_without_a_manifest_is_prepared_again(prepared: Prepared, config: Config) -> None:
    directory = streams_directory(config)
    shutil.copytree(prepared.directory, directory)
    shutil.rmtree(directory / "en")
    (directory / "manifest.json").unlink()
    assert content(prepare_here(config)) == content(prepared)


@pytest.mark.parametrize("lost", ["vocabulary.json", "joint.model"])
def test_a_vocabulary_that_is_not_whole_is_trained_again(
    prepared: Prepared, config: Config, lost: str
) -> None:
    vocabulary_directory(config).mkdir(parents=True)
    shutil.copytree(
        prepared.directory / "vocabulary", vocabulary_directory(config), dirs_exist_ok=True
    )
    (vocabulary_directory(config) / lost).write_bytes(b"")
    assert content(prepare_here(config)) == content(prepared)


def test_two_preparations_at_once_do_not_disturb_each_other(
    prepared: Prepared, config: Config, capfd: pytest.CaptureFixture[str]
) -> None:
    directory = streams_directory(config)
    program = start_program(config)
    wait_for(directory.with_name(directory.name + ".partial"), program)
    assert content(prepare_here(config)) == content(prepared)
    assert capfd.readouterr().err == f"waiting for the process that writes {directory.name}\n"
    answer, said = program.communicate()
    assert (program.returncode, answer) == (0, "")
    assert said == "preparing en, fr\n", "no library is to talk to the user"

"""Preparation on Apache Beam: the bytes of the local one, from any number of workers."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.data.manifest import open_prepared
from mlm_xling.preparation.prepare import streams_directory, vocabulary_directory
from tasks import builders
from tests.data_fixtures import (
    LANGUAGES,
    ROOT,
    documents,
    prepare_here,
    small_config,
    write_documents,
    write_text,
)
from tests.tfds_fixtures import write_builder
from tests.waits import wait_until

pytest.importorskip("apache_beam", reason="needs the environment of requirements-beam.txt")
PORTABLE = "--job_endpoint=embed --environment_type=LOOPBACK"
"""Beam's own job server: pipelines go the way to Flink and Spark, as messages."""
RUNNERS = {
    "one worker": ("DirectRunner", "--direct_num_workers=1"),
    "four workers": (
        "DirectRunner",
        "--direct_num_workers=4 --direct_running_mode=multi_processing",
    ),
    "a job server": ("PortableRunner", PORTABLE),
}


def config_of(folder: Path, cache: str) -> Config:
    config = small_config(folder, folder / cache)
    config.data.parallel = str(folder / "parallel.tsv")
    return config


def content(config: Config) -> dict[str, bytes]:
    prepared = open_prepared(streams_directory(config))
    return {
        name: (prepared.directory / name).read_bytes()
        for name in ["manifest.json", *prepared.manifest.files]
    }


def prepare_on_beam(config: Config, runner: str) -> None:
    from mlm_xling.preparation.beam_options import read_options
    from mlm_xling.preparation.beam_pipeline import BeamLanguageWriter
    from mlm_xling.preparation.writing import write_streams

    writer = partial(BeamLanguageWriter, options=read_options(*RUNNERS[runner]))
    write_streams(config, streams_directory(config), vocabulary_directory(config), writer)


def in_shards(config: Config) -> None:
    for language in LANGUAGES:
        made = documents(language, 120)
        (Path(config.data.text_dir) / f"{language}.txt").unlink()
        for number in range(3):
            path = Path(config.data.text_dir, f"{language}-{number:05d}-of-00003.txt")
            write_documents(path, made[40 * number : 40 * (number + 1)])


def in_lines(config: Config) -> None:
    config.data.shuffle, config.languages = "lines", ("en", "fr:permute")


def switched(config: Config) -> None:
    path = Path(config.data.text_dir, "en-fr.txt")
    words = {word for lines in documents("en", 20) for line in lines for word in line.split()}
    path.write_text("".join(f"{word}\tmot{i}\n" for i, word in enumerate(sorted(words))))
    config.data.dictionary, config.data.code_switching.probability = str(path), 0.3
    config.data.code_switching.versions = 2


@pytest.mark.parametrize(
    ("change", "runner"),
    [
        *((in_shards, runner) for runner in RUNNERS),
        (in_lines, "one worker"),
        (switched, "one worker"),
    ],
)
def test_any_runner_writes_the_bytes_of_the_local_preparation(
    tmp_path: Path, change, runner: str, caplog
) -> None:
    write_text(tmp_path)
    local, beam = config_of(tmp_path, "local"), config_of(tmp_path, "beam")
    change(local)
    if change is not in_shards:
        change(beam)
    prepare_here(local)
    prepare_on_beam(beam, runner)
    assert content(beam) == content(local)
    assert "fallback deterministic coder" not in caplog.text


def test_the_files_of_a_dataset_are_read_by_a_worker_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builders, "_DATA_DIR", str(tmp_path))
    write_text(tmp_path)
    local, beam = config_of(tmp_path, "local"), config_of(tmp_path, "beam")
    local.data.source = beam.data.source = "wiki40b"
    for language in LANGUAGES:
        texts = map("\n".join, documents(language, 120))
        examples = [{"wikidata_id": "", "version_id": "", "text": text} for text in texts]
        write_builder(tmp_path, f"wiki40b/{language}:1.3.0", "train", examples, files=3)
    prepare_here(local)
    prepare_on_beam(beam, "one worker")
    assert content(beam) == content(local)


def test_a_killed_pipeline_leaves_nothing_that_counts_and_is_not_in_the_way(
    tmp_path: Path,
) -> None:
    write_text(tmp_path)
    local, beam = config_of(tmp_path, "local"), config_of(tmp_path, "beam")
    directory = streams_directory(beam)
    program = start_program(beam)
    begun = directory.with_name(f"{directory.name}.partial") / "en"
    wait_until(begun.exists, f"{begun} is there", program)
    assert program.poll() is None, program.communicate()
    os.kill(program.pid, signal.SIGKILL)
    program.communicate()
    assert not directory.exists()

    again = start_program(beam).communicate()

    assert again[0] == f"{directory}\n", again
    prepare_here(local)
    assert content(beam) == content(local)


def test_what_goes_by_the_order_of_lines_is_refused(tmp_path: Path) -> None:
    config = config_of(tmp_path, "cache")
    program = start_program(config, "--config.data.equal_size=tokens")
    _, said = program.communicate()
    assert program.returncode == 2
    assert said.startswith("error: config.data.equal_size=tokens: goes by the order of lines")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--runner=Foo"], "--runner=Foo --options='': Unexpected pipeline runner: Foo."),
        (["--runner=DataflowRunner"], "Missing required option: project."),
        (["--runner=PortableRunner"], "--runner=PortableRunner: You must specify a --job_endpoint"),
        (["--options=--nonsense=1"], "--options: Beam knows no --nonsense\n"),
        (["--options=--direct_num_workers=x"], "invalid int value: 'x'\n"),
        (["--options='"], "No closing quotation\n"),
    ],
)
def test_a_runner_that_cannot_run_is_told_in_one_line(tmp_path: Path, flags, said: str) -> None:
    write_text(tmp_path)
    program = start_program(config_of(tmp_path, "cache"), *flags)
    _, told = program.communicate()
    (error,) = [line for line in told.splitlines(keepends=True) if line.startswith("error: ")]
    assert said in error
    assert program.returncode == 2


def start_program(config: Config, *more: str) -> subprocess.Popen:
    fields = {
        "languages": ",".join(config.languages),
        "training.short_steps": 0,
        "data.text_dir": config.data.text_dir,
        "data.cache_dir": config.data.cache_dir,
        "data.parallel": config.data.parallel,
        "data.dev_fraction": config.data.dev_fraction,
        "vocabulary.size": config.vocabulary.size,
        "training.length": config.training.length,
        "evaluation.pairs": config.evaluation.pairs,
        "evaluation.fit_pairs": config.evaluation.fit_pairs,
    }
    flags = [f"--config.{name}={value}" for name, value in fields.items()]
    program = ["mlm_xling.preparation.beam", "--config=configs/text.py"]
    command = [sys.executable, "-m", *program, *flags, *more]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )

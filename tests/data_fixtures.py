"""Small text of two made-up languages, and what preparation makes of it."""

import copy
import importlib
import io
import os
import random
import sys
from pathlib import Path
from unittest import mock

import pytest
from flax import nnx

from mlm_xling.config import Config
from mlm_xling.config.stored import to_json
from mlm_xling.data.manifest import Prepared, open_prepared
from mlm_xling.directories import whole_directory
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import prepare, streams_directory, vocabulary_directory
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.checkpointing import Checkpoints

ROOT = Path(__file__).resolve().parents[1]
REAL_DATA = ROOT.parent / "shared" / "data"
"""Absent on most machines; tests that use it skip then."""
_SYLLABLES = {
    "en": ["ba", "de", "ki", "lo", "mu", "ra", "Se", "ti", "vo", "zu"],
    "fr": ["bé", "da", "çi", "lô", "mù", "rê", "Sa", "ti", "vo", "zû"],
}
LANGUAGES = tuple(_SYLLABLES)
PARALLEL_ROWS = 40


def sentences(language: str, count: int, seed: int = 0) -> list[str]:
    """Made-up sentences of three to nine words from a lexicon with frequent and rare words."""
    rng = random.Random(f"{language} {seed}")
    lexicon = ["".join(rng.choices(_SYLLABLES[language], k=rng.randint(1, 4))) for _ in range(300)]
    weights = [1 / rank for rank in range(1, len(lexicon) + 1)]
    return [
        " ".join(rng.choices(lexicon, weights, k=rng.randint(3, 9))) + "." for _ in range(count)
    ]


def documents(language: str, count: int, seed: int = 0) -> list[list[str]]:
    """Made-up documents of two to twelve sentences."""
    rng = random.Random(f"documents {language} {seed}")
    lines = iter(sentences(language, count * 12, seed))
    return [[next(lines) for _ in range(rng.randint(2, 12))] for _ in range(count)]


def write_documents(path: Path, documents: list[list[str]]) -> None:
    """Writes one sentence a line, a blank line between documents."""
    path.write_text("\n\n".join("\n".join(lines) for lines in documents) + "\n")


def small_config(text_dir: Path, cache_dir: Path) -> Config:
    """A configuration under which the made-up text is prepared in seconds."""
    config = Config(languages=LANGUAGES)
    config.data.text_dir, config.data.cache_dir = str(text_dir), str(cache_dir)
    config.data.dev_fraction = 0.1
    config.vocabulary.size = 200
    config.training.length, config.training.batch_size, config.training.groups = 16, 4, 3
    config.evaluation.pairs, config.evaluation.fit_pairs = 12, 8
    return config


def trained_in_seconds(config: Config, steps: int, evaluate_every: int) -> Config:
    """A copy for a model of one narrow layer that learns something in a few steps."""
    config = copy.deepcopy(config)
    config.model.layers, config.model.heads = 1, 2
    config.model.width, config.model.mlp, config.model.max_positions = 16, 32, 16
    config.training.groups, config.training.steps = 8, steps
    config.training.evaluate_every = evaluate_every
    config.optimizer.learning_rate, config.optimizer.warmup_steps = 1e-2, 4
    return config


def prepare_here(config: Config) -> Prepared:
    """Prepares in this process: loading TensorFlow in another takes longer than all the rest."""
    from mlm_xling.preparation.writing import write_streams  # It brings TensorFlow.

    config = with_local_files(config)
    write_streams(config, streams_directory(config), vocabulary_directory(config))
    return open_prepared(streams_directory(config))


def run_here(module: str, settings: str) -> None:
    """Does what `run_program` of preparation does, but in this process, to load TensorFlow once."""
    with mock.patch.object(sys, "stdin", io.StringIO(settings)):
        assert importlib.import_module(module).main() == 0


@pytest.fixture(scope="session")
def shared_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of this run of the tests, the same for all workers."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def text_dir(shared_dir: Path) -> Path:
    """`<language>.txt`, and `parallel.tsv` whose rows are sentences of the text."""
    with whole_directory(shared_dir / "text") as folder:
        if folder is not None:
            write_text(folder)
    return shared_dir / "text"


def write_text(folder: Path) -> None:
    """Writes the files of `text_dir`."""
    columns = []
    for language in LANGUAGES:
        made = documents(language, 120)
        write_documents(folder / f"{language}.txt", made)
        columns.append([lines[0] for lines in made[:PARALLEL_ROWS]])
    rows = ["\t".join(LANGUAGES), *map("\t".join, zip(*columns, strict=True))]
    (folder / "parallel.tsv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="session")
def prepared_config(text_dir: Path, shared_dir: Path) -> Config:
    """The configuration of `prepared`, with parallel rows held out. Copy it to change it."""
    config = small_config(text_dir, shared_dir / "cache")
    config.data.parallel = str(text_dir / "parallel.tsv")
    return config


@pytest.fixture(scope="session")
def prepared(prepared_config: Config) -> Prepared:
    """The made-up text, prepared by the program itself, once for all workers."""
    return prepare(prepared_config)


@pytest.fixture(scope="session")
def saved_run(
    tmp_path_factory: pytest.TempPathFactory, prepared_config: Config, prepared: Prepared
) -> Path:
    """A workdir with a best checkpoint that nobody trained. Copy it to change it."""
    folder, vocabulary = tmp_path_factory.mktemp("saved"), prepared.vocabulary()
    config = copy.deepcopy(prepared_config)
    model = config.model
    model.layers, model.heads, model.width, model.mlp, model.max_positions = 1, 2, 4, 8, 16
    encoder = random_encoder(config, language_ids(vocabulary, config), seed=5)
    vocabulary.save(folder / "vocabulary")
    metadata = Metadata(3, to_json(config), vocabulary.fingerprint, "", str(prepared.directory))
    checkpoints = Checkpoints(folder, metadata)
    checkpoints.save_best(3, nnx.to_pure_dict(nnx.state(encoder)), 9.0)
    checkpoints.close()
    return folder

"""Checks, before anything is prepared, whether a run can start or resume in a workdir."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlm_xling.config import TFDS, Config
from mlm_xling.config.stored import from_json
from mlm_xling.data.cache import digest
from mlm_xling.data.dictionaries import dictionary_files
from mlm_xling.data.sources import source_of, text_files
from mlm_xling.errors import InputError, require
from mlm_xling.paths import CHECKPOINTS
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import stream_inputs, vocabulary_directory
from mlm_xling.preparation.remote_text import named_by_url
from mlm_xling.training.checkpoint_metadata import (
    Metadata,
    read_metadata,
    refuse_changed_fields,
)
from mlm_xling.vocabulary import Vocabulary, is_vocabulary


def require_run(workdir: Path, config: Config) -> None:
    """Checks that the text exists and, if the run is to resume, has not changed.

    Raises:
      InputError: a file is missing; the run of `workdir` has done more steps than requested; or a
        field, the text of a language, the parallel sentences, a dictionary or the vocabulary has
        changed since the run began.
    """
    old = newest_metadata(workdir)
    if old is not None:
        refuse_changed_fields(workdir, old, config)
        require(
            config.training.steps >= old.step,
            f"config.training.steps={config.training.steps}: {workdir} has already done {old.step} "
            "steps; use another --workdir",
        )
    local = with_local_files(config)
    with named_by_url(config, local):
        _require_text(workdir, local, old)


def _require_text(workdir: Path, config: Config, old: Metadata | None) -> None:
    inputs = stream_inputs(config)
    if old is None:
        return
    if digest(inputs) != old.data:
        changed = dict(_leaves(inputs)).items() ^ dict(_leaves(old.inputs)).items()
        what = _explained(sorted({name for name, _ in changed}), config, from_json(old.config))
        raise InputError(
            f"{what} has changed since the run of {workdir} began; use another --workdir, or put "
            "back what there was"
        )
    made = vocabulary_directory(config)
    if is_vocabulary(made) and Vocabulary.load(made).fingerprint != old.vocabulary:
        raise InputError(
            f"{made}: not the vocabulary that the run of {workdir} began with; use another "
            "--workdir, or delete it to have it made again"
        )


def newest_metadata(workdir: Path) -> Metadata | None:
    """Reads the metadata of a run's newest readable checkpoint, without opening or creating any.

    Returns:
      None if there is no checkpoint yet.

    Raises:
      InputError: it was saved by another version.
    """
    folder = workdir / CHECKPOINTS / "latest"
    steps = [path for path in folder.glob("*") if path.name.isdecimal()]
    for path in sorted(steps, key=lambda path: -int(path.name)):
        with contextlib.suppress(OSError, ValueError):
            said = json.loads((path / "metadata" / "metadata").read_text())
            return read_metadata(said, path)
    return None


def _leaves(inputs: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yields (dotted name, value) for the leaves of nested dicts."""
    if not isinstance(inputs, dict):
        yield name, str(inputs)
        return
    for key, value in inputs.items():
        yield from _leaves(value, f"{name}.{key}" if name else key)


def _explained(names: list[str], config: Config, before: Config) -> str:
    """Describes the changed input that the user should look at first."""
    for name in names:
        kind, _, rest = name.partition(".")
        if kind == "text":
            source = source_of(config.data, rest)
            place = source if source in TFDS else text_files(config.data, rest)[0]
            return f"{place}: the text of {rest!r}"
        if name.startswith("code_switching.dictionaries."):
            files = dictionary_files(config.data, config.languages)
            pair = rest.rpartition(".")[2]
            found = [str(path) for (a, b), path in files.items() if f"{a}-{b}" == pair]
            return f"{', '.join(found) or config.data.dictionary}: the dictionary {pair}"
    if "parallel" in names:
        if before.data.parallel != (now := config.data.parallel):
            was = before.data.parallel
            return f"config.data.parallel (it was {was or 'empty'}, now it is {now or 'empty'})"
        return f"config.data.parallel={now}: the file"
    if "reserved" in names:
        return (
            "config.evaluation.pairs, fit_pairs or contextual.pairs: what is held out of the text"
        )
    return "the way in which mlm_xling prepares text"

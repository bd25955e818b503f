"""Preparation of labelled data, once, in a separate process with TensorFlow.

The evaluating process calls `prepare_labelled`; if there is work to do, it runs this module as a
program.
"""

import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from mlm_xling.config import Config, TaskConfig
from mlm_xling.data.cache import cache_directory, clear_cache, digest, file_fingerprint
from mlm_xling.data.labelled import Table, is_labelled, read_table, write_table
from mlm_xling.data.location import TFDS, Location
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.hub_tokenizer import HubTokenizer, is_hub_tokenizer
from mlm_xling.languages import find_file, primary_subtag, text_language
from mlm_xling.preparation.lab import (
    LABELLED,
    is_labelled_lab_file,
    lab_files,
    labelled_lab_files,
)
from mlm_xling.preparation.labelled_locations import (
    LAB,
    require_all_given,
    require_own_data,
    with_version,
)
from mlm_xling.preparation.program import answer, run_program
from mlm_xling.tokenizer import Tokenizer
from mlm_xling.vocabulary import Vocabulary
from tasks.quiet import load_tensorflow

_FORMAT = {"trees": 7, "entities": 7, "pairs": 8}
"""Version of the tables by kind; raise it when the same input would give other tables."""

Wanted = Sequence[tuple[str, str]]
"""(split, language) of tables."""


def locations(config: Config, task: str, kind: str, wanted: Wanted | None = None) -> list[Location]:
    """Returns locations of training and dev data in the source language, and test data of targets.

    Args:
      task: the section of `config.evaluation` with the locations.
      kind: the kind of data, of `tasks.labelled.KINDS`.
      wanted: other tables instead.

    Raises:
      InputError: a location is not given, a file does not exist, the lab has none of this kind,
        data of one language would be that of several, or files are given for some splits only.
    """
    if wanted is None:
        source, targets = config.source_language, config.target_languages
        if not targets:
            raise InputError("config.evaluation.finetuning.targets: no language to test on")
        wanted = [("train", source), ("dev", source), *(("test", name) for name in targets)]

    @cache  # Verifies all files of a directory, once.
    def lab(labelled: bool) -> Path:
        return labelled_lab_files(config) if labelled else lab_files(config)

    places = [_location(config, lab, task, kind, split, language) for split, language in wanted]
    require_own_data(kind, places, getattr(config.evaluation, task).test)
    require_all_given(config, task, kind)
    return places


def prepare_labelled(
    config: Config, task: str, kind: str, vocabulary: Tokenizer, wanted: Wanted | None = None
) -> dict[str, Table]:
    """Reads and verifies the tables of a task, creating those that do not exist.

    They are named `train-<source>`, `dev-<source>` and `test-<target>`.

    Args:
      task: the section of `config.evaluation` with the locations.
      kind: the kind of data, of `tasks.labelled.KINDS`.
      vocabulary: the vocabulary of the model that will read them.
      wanted: the tables to read; by default those of zero-shot transfer.

    Raises:
      InputError: data is missing, empty or malformed (with file and line); a prepared file is
        truncated or altered; no space left.
    """
    clear_cache(config)
    places = locations(config, task, kind, wanted)
    directories = {place: _directory(config, kind, vocabulary, place) for place in places}
    missing = {place: path for place, path in directories.items() if not is_labelled(path)}
    if missing:
        stored = cache_directory(config) / "vocabularies" / vocabulary.fingerprint
        vocabulary.save(stored)
        order = {
            "task": task,
            "kind": kind,
            "vocabulary": str(stored),
            "places": [(str(path), place) for place, path in missing.items()],
        }
        run_program("mlm_xling.preparation.prepare_labelled", json.dumps(order))
    return {place.table: read_table(path) for place, path in directories.items()}


def _directory(config: Config, kind: str, vocabulary: Tokenizer, place: Location) -> Path:
    """Returns the directory of a table, named by everything that determines its content."""
    inputs = {
        "format": _FORMAT[kind],
        "kind": kind,
        "vocabulary": vocabulary.fingerprint,
        "place": [place.split, place.language, _fingerprint(place)],
    }
    return cache_directory(config) / "labelled" / digest(inputs)


def _location(
    config: Config, lab: Callable[[bool], Path], task: str, kind: str, split: str, language: str
) -> Location:
    field = f"config.evaluation.{task}.{split}"
    data: TaskConfig = getattr(config.evaluation, task)
    place: str = getattr(data, split)
    name = primary_subtag(language) if place.startswith(TFDS) else text_language(language)
    place = place.replace("{language}", name)
    if not place:
        raise InputError(f"{field}: say where the labelled data is")
    if place.startswith(TFDS):
        return Location(split, language, with_version(place), field)
    if place.startswith(LAB):
        file = place.removeprefix(LAB)
        if not file and kind not in LABELLED:
            raise InputError(f"{field}={place}: the lab has no {kind}; name one of its files")
        own = file or LABELLED[kind].format(language=name, split=split)
        path = lab(is_labelled_lab_file(own)) / own
    else:
        path = Path(place).expanduser().absolute()
        path = find_file(path.parent, path.name)
    if not path.is_file():
        raise InputError(f"{field}={place}: no such file")
    if not path.stat().st_size:
        raise InputError(f"{field}={place}: empty")
    return Location(split, language, str(path), field)


def _fingerprint(location: Location) -> str:
    return location.place if location.path is None else file_fingerprint(location.path)


def main() -> int:
    """Runs the program; the result is the exit status."""
    order = json.load(sys.stdin)
    return answer(lambda: _make(order))


def _make(order: dict) -> None:
    vocabulary = _read_tokenizer(Path(order["vocabulary"]))
    load_tensorflow()
    from tasks.labelled import labelled_table

    for directory, values in order["places"]:
        place = Location(*values)
        with whole_directory(Path(directory), is_labelled) as partial:
            if partial is not None:
                print(f"preparing {order['task']}: {place.table}", file=sys.stderr)
                write_table(partial, labelled_table(order["kind"], place, vocabulary))


def _read_tokenizer(directory: Path) -> Tokenizer:
    kind = HubTokenizer if is_hub_tokenizer(directory) else Vocabulary
    return kind.load(directory)


if __name__ == "__main__":
    sys.exit(main())

"""The lab as ordinary files, so that readers need not know that they were generated.

This module is also the program that creates them, in a separate process like `prepare`.
"""

import dataclasses
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlm_xling.config import Config, LabConfig
from mlm_xling.config.stored import from_json, to_json
from mlm_xling.data.cache import cache_directory, digest
from mlm_xling.data.inventory import is_as_recorded, write_inventory
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.open_progress import OpenProgress
from mlm_xling.preparation.program import answer, run_program
from mlm_xling.preparation.remote_text import with_fetched_text

_FORMAT = 6
"""Version of the lab's files; raise it when the same configuration would give other bytes."""
LABELLED = {
    "trees": "trees/{language}-{split}.conllu",
    "entities": "ner/{language}-{split}.txt",
    "pairs": "nli/{language}-{split}.tsv",
}
"""The lab's own file for each kind of labelled data (`tasks/lab/files.py`)."""
_OF_LABELLED = {"labelled", "nli_pairs"}
"""Fields of `config.lab` that do not affect its text."""


def with_local_files(config: Config) -> Config:
    """Replaces everything that training reads by local files.

    These are the lab's files (`with_lab_files`), and copies of text at a URL (`with_fetched_text`).

    Raises:
      InputError: as these.
    """
    return with_fetched_text(with_lab_files(config))


def with_lab_files(config: Config) -> Config:
    """Replaces `data.source=lab` by the lab's files, creating them if they are missing.

    Other configurations are returned unchanged.

    Raises:
      InputError: no space left, or no permission to write to `data.cache_dir`.
    """
    if config.data.source != "lab":
        return config
    directory = lab_files(config)
    data = dataclasses.replace(
        config.data,
        source="text",
        text_dir=str(directory),
        parallel=config.data.parallel or str(directory / "parallel.tsv"),
    )
    return dataclasses.replace(config, data=data)


def lab_files(config: Config) -> Path:
    """Returns the directory of the lab's text, parallel sentences, dictionaries and distances.

    It is created if missing or damaged.

    Raises:
      InputError: no space left, or no permission to write to `data.cache_dir`.
    """
    return _made(config, lab_directory(config), "text")


def labelled_lab_files(config: Config) -> Path:
    """Returns the directory of the lab's labelled data, which takes ten times as long to create.

    Raises:
      InputError: as `lab_files`.
    """
    return _made(config, labelled_lab_directory(config), "labelled")


def is_labelled_lab_file(name: str) -> bool:
    """Returns whether a file is in the lab's directory of labelled data."""
    return Path(name).parts[0] in {Path(file).parts[0] for file in LABELLED.values()}


def lab_distances(config: Config, kind: str) -> Path:
    """Returns the lab's table of distances of a kind, `grammar` or `lexicon`.

    Raises:
      InputError: as `lab_files`, or the text is not the lab's, or there is no such table.
    """
    if config.data.source != "lab" and Path(config.data.text_dir) != lab_directory(config):
        raise InputError(
            f"config.evaluation.distances=lab:{kind}: this model was not trained on the lab"
        )
    path = lab_files(config) / "distances" / f"{kind}.tsv"
    if not path.is_file():
        known = ", ".join(sorted(f"lab:{other.stem}" for other in path.parent.iterdir()))
        raise InputError(
            f"config.evaluation.distances=lab:{kind}: no such table; the lab has {known}"
        )
    return path


def lab_directory(config: Config) -> Path:
    """Returns the directory of the lab's text, named by the fields of `config.lab` behind it."""
    return cache_directory(config) / "lab" / digest({"format": _FORMAT, **lab_world(config)})


def lab_world(config: Config) -> dict[str, Any]:
    """Returns the fields of `config.lab` that affect the lab's text."""
    return {name: value for name, value in asdict(config.lab).items() if name not in _OF_LABELLED}


def labelled_lab_directory(config: Config) -> Path:
    """Returns the directory of the lab's labelled data, named by all of `config.lab`."""
    return (
        cache_directory(config) / "lab_labelled" / digest({"format": _FORMAT, **asdict(config.lab)})
    )


def _made(config: Config, directory: Path, files: str) -> Path:
    if not is_as_recorded(directory):
        order = {"files": files, "directory": str(directory), "config": to_json(config)}
        run_program("mlm_xling.preparation.lab", json.dumps(order))
    return directory


def _make(files: str, lab: LabConfig, directory: Path) -> None:
    from tasks.lab.files import write_labelled, write_text

    write = {"text": write_text, "labelled": write_labelled}[files]
    with whole_directory(directory, is_as_recorded) as partial:
        if partial is not None:
            with OpenProgress("lab") as progress:
                write(lab, partial, progress.say)
            write_inventory(partial)


def main() -> int:
    """Runs the program; the result is the exit status."""
    order = json.load(sys.stdin)
    lab = from_json(order["config"]).lab
    return answer(lambda: _make(order["files"], lab, Path(order["directory"])))


if __name__ == "__main__":
    sys.exit(main())

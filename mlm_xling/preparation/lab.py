"""The lab as ordinary files: what reads them never knows that they were generated.

This module is also the program that makes them, in a process of its own like `prepare`.
"""

import dataclasses
import sys
from dataclasses import asdict
from pathlib import Path

from mlm_xling.config import Config, LabConfig
from mlm_xling.config.stored import from_json
from mlm_xling.data.cache import cache_directory, digest
from mlm_xling.data.inventory import is_as_recorded, write_inventory
from mlm_xling.directories import whole_directory
from mlm_xling.errors import InputError
from mlm_xling.open_progress import OpenProgress
from mlm_xling.preparation.program import answer, as_settings, run_program
from mlm_xling.preparation.remote_text import with_fetched_text

_FORMAT = 5
"""Version of the lab's files; raise it when the same configuration comes to give other bytes."""
LABELLED = {
    "trees": "trees/{language}-{split}.conllu",
    "entities": "ner/{language}-{split}.txt",
    "pairs": "nli/{language}-{split}.tsv",
}
"""The lab's own file of each kind of labelled data (`tasks/lab/files.py`)."""


def with_local_files(config: Config) -> Config:
    """Puts local files in place of all that is read to train: the lab's (`with_lab_files`), and
    copies of those at a URL (`with_fetched_text`).

    Raises:
      InputError: as these.
    """
    return with_fetched_text(with_lab_files(config))


def with_lab_files(config: Config) -> Config:
    """Puts the lab's files in place of `data.source=lab`; makes them if they are missing.

    Any other configuration is returned as it is.

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
    """Finds the directory of the lab's files (`tasks/lab/files.py`).

    It is made if it is missing or damaged.

    Raises:
      InputError: no space left, or no permission to write to `data.cache_dir`.
    """
    directory = lab_directory(config)
    if not is_as_recorded(directory):
        run_program("mlm_xling.preparation.lab", as_settings(config))
    return directory


def lab_distances(config: Config, kind: str) -> Path:
    """Finds the lab's table of distances of a kind, `grammar` or `lexicon`.

    Raises:
      InputError: as `lab_files`, the text is not the lab's, or there is no such table.
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
    """Names the directory of the lab's files by `config.lab`, which alone determines them."""
    return cache_directory(config) / "lab" / digest({"format": _FORMAT, **asdict(config.lab)})


def _make(lab: LabConfig, directory: Path) -> None:
    from tasks.lab.files import write_lab

    with whole_directory(directory, is_as_recorded) as partial:
        if partial is not None:
            with OpenProgress("lab") as progress:
                write_lab(lab, partial, progress.say)
            write_inventory(partial)


def main() -> int:
    """The program; the exit status is its result."""
    config = from_json(sys.stdin.read())
    return answer(lambda: _make(config.lab, lab_directory(config)))


if __name__ == "__main__":
    sys.exit(main())

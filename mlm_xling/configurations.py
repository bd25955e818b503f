"""The configurations that results were measured under, kept beside `results.jsonl`, sealed.

Each is a file `configurations/<fingerprint>.json`, named as results name it. Of two models that
were compared it has both, the source's first.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint, from_json
from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError

FOLDER = "configurations"


def write_configuration(folder: Path, configs: Sequence[Config]) -> None:
    """Writes what a model is measured under, or two, into `configurations/` of a folder of results.

    Raises:
      InputError: it cannot be written.
    """
    path = folder / FOLDER / f"{fingerprint(*configs)}.json"
    text = seal({"configurations": [asdict(config) for config in configs]})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_configurations(folder: Path, names: Iterable[str]) -> dict[str, list[Config]]:
    """Reads the configurations of these fingerprints, as far as they were kept.

    One with a field that there is no more is passed over.

    Raises:
      InputError: a file is altered.
    """
    found = {}
    for name in dict.fromkeys(names):
        path = folder / FOLDER / f"{name}.json"
        try:
            kept = unseal(path.read_text())["configurations"]
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{path}: altered; remove it and measure again") from error
        try:
            found[name] = [from_json(json.dumps(one)) for one in kept]
        except InputError:
            continue
    return found

"""The configurations that results were measured under, kept beside `results.jsonl`.

Each is a file `configurations/<fingerprint>.json`, named as results name it. Of two models that
were compared it has both, the source's first.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint, from_json
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError

FOLDER = "configurations"


def write_configuration(folder: Path, configs: Sequence[Config]) -> None:
    """Writes what a model is measured under, or two, into `configurations/` of a folder of results.

    Raises:
      InputError: it cannot be written.
    """
    path = folder / FOLDER / f"{fingerprint(*configs)}.json"
    text = json.dumps([asdict(config) for config in configs], indent=2) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_configurations(folder: Path, names: Collection[str]) -> dict[str, list[Config]]:
    """Reads the configurations of these fingerprints, as far as they were kept.

    Raises:
      InputError: a file is altered.
    """
    found = {}
    for name in names:
        path = folder / FOLDER / f"{name}.json"
        try:
            configs = [from_json(json.dumps(one)) for one in json.loads(path.read_text())]
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError, InputError) as error:
            raise InputError(f"{path}: altered; remove it and measure again") from error
        if not configs or fingerprint(*configs) != name:
            raise InputError(f"{path}: altered; remove it and measure again")
        found[name] = configs
    return found

"""Sealed configurations of results, stored beside `results.jsonl`.

Each is a file `configurations/<fingerprint>.json`, with the fingerprint used in results. A
comparison of two models stores both, the source's first.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.config.stored import encoder_identity, from_json
from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError

FOLDER = "configurations"


def write_configuration(folder: Path, name: str, configs: Sequence[Config]) -> None:
    """Writes the configuration of one model, or of two, into `configurations/` of a results folder.

    Args:
      name: the fingerprint in results.

    Raises:
      InputError: it cannot be written.
    """
    path = folder / FOLDER / f"{name}.json"
    text = seal({"configurations": [asdict(config) for config in configs]})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_configurations(folder: Path, names: Iterable[str]) -> dict[str, list[Config]]:
    """Reads the stored configurations with these fingerprints.

    Configurations with fields that no longer exist are skipped.

    Raises:
      InputError: a file has been altered.
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


def require_same_encoders(folder: Path, names: Iterable[str], configs: Sequence[Config]) -> None:
    """Refuses a folder with results of another encoder, or of other encoders than both of these.

    Args:
      names: the fingerprints in its results.
      configs: what is to be measured, under any settings of evaluation.

    Raises:
      InputError: a result is of another encoder, which the message names; or a file has been
        altered.
    """
    own = _identities(configs)
    for kept in read_configurations(folder, names).values():
        if (others := _identities(kept)) != own:
            raise InputError(
                f"output={folder}: has results of {_named(others, own)}; choose another folder "
                f"for {_named(own, others)}"
            )


_Identity = Mapping[str, str]


def _identities(configs: Sequence[Config]) -> list[_Identity]:
    """Returns one or two; those of two checkpoints of a run are one."""
    first, *second = map(encoder_identity, configs)
    return [first, *(other for other in second if other != first)]


def _named(encoders: Sequence[_Identity], others: Sequence[_Identity]) -> str:
    """Names encoders by their folder, or by what tells them from others."""
    names = []
    for place, encoder in enumerate(encoders):
        other = others[min(place, len(others) - 1)]
        told = (
            f" with {field}={value}"
            for field, value in encoder.items()
            if field != "languages" and other.get(field) != value
        )
        run = f"a run of {encoder.get('languages')}{next(told, '')}"
        names.append(encoder["origin"] or run)
    return " and ".join(names)

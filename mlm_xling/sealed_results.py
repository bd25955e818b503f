"""Sealed files beside `results.jsonl`, one per evaluator, model and configuration.

They store non-numeric data about results. `results.jsonl` determines what was measured.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.results import Result


@runtime_checkable
class OfResult(Protocol):
    """Something that belongs to a result."""

    @property
    def result(self) -> Result:
        """The result that it belongs to."""
        ...


Kept = TypeVar("Kept", bound=OfResult)


def write_sealed(
    folder: Path, kept: Sequence[Kept], pack: Callable[[Sequence[Kept]], Mapping[str, Any]]
) -> None:
    """Writes files in a folder; each replaces that of the same evaluator, model and configuration.

    Args:
      pack: returns the content of a file.

    Raises:
      InputError: they cannot be written.
    """
    by_file: dict[str, list[Kept]] = {}
    for one in kept:
        by_file.setdefault(_name(one.result), []).append(one)
    for name, of_file in by_file.items():
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, seal(pack(of_file)).encode())
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_sealed(folder: Path, results: Sequence[Result]) -> Iterator[dict[str, Any]]:
    """Yields the content of the files that belong to results; not all results have one.

    A killed evaluation may have written files before results, so a file may belong to others.

    Raises:
      InputError: a file has been altered.
    """
    for name in dict.fromkeys(map(_name, results)):
        path = folder / name
        try:
            yield unseal(path.read_text())
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: altered; remove it and measure again") from error


def _name(result: Result) -> str:
    return f"{result.evaluator}-{result.model}-{result.config}.json"

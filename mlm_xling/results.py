"""`results.jsonl`: one measurement per line, appended atomically; later ones take precedence."""

import dataclasses
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from statistics import fmean
from typing import Any, cast

from mlm_xling.errors import InputError
from mlm_xling.locks import locked

FILE_NAME = "results.jsonl"
TRAINED, TEACHER = "trained", "teacher"
RANDOM, RANDOM_TARGET = "random", "random_target"
OF_TRAINING = (TRAINED, TEACHER)
"""`Result.model` values of trained models; other values are for comparison."""


@dataclass(frozen=True)
class Result:
    """One measurement, with the fields of a line of `results.jsonl` in order."""

    evaluator: str
    metric: str
    model: str
    """`TRAINED`, `random` (same architecture, never trained), `TEACHER` (of both, when they are
    fine-tuned), or a baseline's name."""
    source: str
    target: str
    layer: int | None
    """Index of the layer, 0 for the embedding output; None if not applicable."""
    value: float
    low: float | None
    """Lower end of the 95% interval, if there is one."""
    high: float | None
    n: int
    """Number of items measured: pairs, words, sentences, layers or predicted tokens."""
    step: int
    """Training step of the encoder; 0 for a random one."""
    seed: int
    """Seed of the encoder's initialisation (and training)."""
    config: str
    """`mlm_xling.config.stored.fingerprint` of the resolved configuration."""
    seen: float | None
    """Fraction of the pairs with a sentence in the pretraining text; None if unknown."""
    setting: str | None = None
    """Setting of a fine-tuning grid; None for the mean of the best two by source dev, and for
    probing."""
    items: str | None = None
    """Hash of the items (`fingerprint_items`); results with equal hashes used the same items. None
    if not recorded."""
    choice: float | None = None
    """The value on items that otherwise only fit means and maps: layers are selected by it, so that
    the value of the selected layer is not the best of several. None if not measured."""

    @property
    def identity(self) -> tuple:
        """What was measured: a later result with the same identity replaces an earlier one."""
        what = (self.evaluator, self.metric, self.model, self.source, self.target, self.layer)
        return (*what, self.step, self.config, self.setting)


def fingerprint_items(items: Iterable[str]) -> str:
    """Returns a hash of a list of items, independent of their order."""
    digest = hashlib.sha256("\n".join(sorted(items)).encode())
    return digest.hexdigest()[:12]


def chosen_layer(results: Iterable[Result], metrics: Collection[str]) -> int | None:
    """Selects the layer with the best mean over metrics, by `Result.choice` if all have it.

    Otherwise (too few items to fit on and to select by) it uses the values themselves. Of tied
    layers, as when several find every item, it returns the middle one, or the lower of two.

    Args:
      results: those of one pair and model, possibly of several seeds.
    """
    found = [result for result in results if result.metric in metrics]
    by_choice = all(result.choice is not None for result in found)
    scores: dict[int | None, list[float]] = {}
    for result in found:
        score = result.choice if by_choice else None
        scores.setdefault(result.layer, []).append(result.value if score is None else score)
    means = {layer: fmean(of_layer) for layer, of_layer in scores.items()}
    tied = [layer for layer, mean in means.items() if mean == max(means.values())]
    tied.sort(key=lambda layer: -1 if layer is None else layer)
    return tied[(len(tied) - 1) // 2] if tied else None


def append_results(path: Path, results: Iterable[Result]) -> None:
    """Appends whole lines to `path` in one write, or nothing at all.

    A partial last line of a killed process is repaired first, so that nothing is appended to it. No
    file is created if there are no results.

    Raises:
      InputError: the file cannot be written, e.g. because the disk is full.
      ValueError: a value is not finite.
    """
    lines = [json.dumps(dataclasses.asdict(result), allow_nan=False) for result in results]
    block = "".join(line + "\n" for line in lines).encode()
    if not lines and not path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a+b", buffering=0) as file, locked(file):
            _mend_last_line(file, path)
            before = file.seek(0, os.SEEK_END)
            if file.write(block) != len(block):
                file.truncate(before)
                raise OSError("no space left for the results")
    except OSError as error:
        raise InputError(f"{path}: cannot append: {error.strerror or error}") from error


def require_appendable(path: Path) -> None:
    """Checks, before anything is measured, that results can be appended and reported.

    Raises:
      InputError: the file cannot be written, or a line is damaged.
    """
    if path.exists():
        append_results(path, [])
        read_results(path)


def read_results(path: Path) -> list[Result]:
    """Reads all measurements, oldest first; of equal identities only the last is kept.

    A missing file has no results.

    Raises:
      InputError: the file cannot be read, or a line is damaged (truncated, not JSON, or a field is
        missing, unknown or of another type), with file and line.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    latest: dict[tuple, Result] = {}
    for number, line in enumerate(lines, start=1):
        result = _parse(line, f"{path}:{number}")
        latest.pop(result.identity, None)
        latest[result.identity] = result
    return list(latest.values())


def _mend_last_line(file: FileIO, path: Path) -> None:
    """Terminates a last line that only lacks its newline, and removes an incomplete one."""
    file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
    if file.read(1) in (b"", b"\n"):
        return
    file.seek(0)
    kept, _, tail = file.readall().rpartition(b"\n")
    try:
        _parse(tail + b"\n", str(path))
    except InputError:
        file.truncate(len(kept) + 1 if kept else 0)
        message = f"{path}: cut off the last line, which a killed process left unfinished"
        print(message, file=sys.stderr)
    else:
        file.write(b"\n")


def _parse(line: bytes, where: str) -> Result:
    if not line.endswith(b"\n"):
        raise InputError(f"{where}: the line is cut off; remove it")
    try:
        values = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON; remove the line") from error
    if not isinstance(values, dict):
        raise InputError(f"{where}: not a JSON object; remove the line")
    fields = dataclasses.fields(Result)
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    wrong = sorted(required - set(values) | set(values) - {field.name for field in fields})
    if wrong:
        raise InputError(f"{where}: field {wrong[0]!r} is missing or unknown; remove the line")
    for name, value in values.items():
        if not _MAY_BE[name](value):
            shown = ascii(value)[:40]
            raise InputError(f"{where}: field {name!r} cannot be {shown}; remove the line")
    return Result(**values)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(values := dict(pairs)) < len(pairs):
        raise ValueError("a field appears twice")
    return values


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not _SURROGATE.search(value)


def _is_count(value: object) -> bool:
    return _is_integer(value) and cast(int, value) >= 0


def _is_integer(value: object) -> bool:
    return type(value) is int and abs(value) < 1 << 63


def _is_number(value: object) -> bool:
    # Comparison is exact and false for NaN; converting a large integer to float would overflow.
    return type(value) in (int, float) and abs(cast(float, value)) <= sys.float_info.max


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= cast(float, value) <= 1


_Test = Callable[[object], bool]


def _or_none(test: _Test) -> _Test:
    return lambda value: value is None or test(value)


_SURROGATE = re.compile("[\ud800-\udfff]")
"""JSON can encode lone surrogates, which cannot be written anywhere."""
_MAY_BE: dict[str, _Test] = {
    **dict.fromkeys(("evaluator", "metric", "model", "source", "target", "config"), _is_text),
    **dict.fromkeys(("n", "step"), _is_count),
    **dict.fromkeys(("setting", "items"), _or_none(_is_text)),
    **dict.fromkeys(("low", "high", "choice"), _or_none(_is_number)),
    "layer": _or_none(_is_count),
    "value": _is_number,
    "seed": _is_integer,
    "seen": _or_none(_is_share),
}
"""Valid values of each field."""

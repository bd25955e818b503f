"""`results.jsonl`: one measurement a line, appended whole, read with the last word winning."""

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
"""`Result.model` of what a training made; others stand beside it."""


@dataclass(frozen=True)
class Result:
    """One measurement; the fields of a line of `results.jsonl`, in this order."""

    evaluator: str
    metric: str
    model: str
    """`TRAINED`, `random` (same architecture, never trained), `TEACHER` (of both, when they are
    fine-tuned), or a baseline's name."""
    source: str
    target: str
    layer: int | None
    """Number of the layer, 0 for the embedding output; None where a layer means nothing."""
    value: float
    low: float | None
    """Lower end of a 95% interval, where there is one."""
    high: float | None
    n: int
    """Number of items measured on: pairs, words, sentences, layers or predicted tokens."""
    step: int
    """Training step of the encoder; 0 for a random one."""
    seed: int
    """Seed of the encoder's start (and of its training)."""
    config: str
    """`mlm_xling.config.stored.fingerprint` of the resolved configuration."""
    seen: float | None
    """Fraction of the pairs with a sentence that occurs in the pretraining text; None: unknown."""
    setting: str | None = None
    """Point of a fine-tuning grid; None for the mean of the best two by source dev, and for
    probing."""
    items: str | None = None
    """Hash of the items measured (`fingerprint_items`); two results with equal hashes used the same
    items. None: not told."""
    choice: float | None = None
    """The value on items that only fit means and maps: what layers are chosen by, so that the value
    of the chosen one is not the best of several. None: not measured."""

    @property
    def identity(self) -> tuple:
        """What was measured: a later result of the same identity replaces an earlier one."""
        what = (self.evaluator, self.metric, self.model, self.source, self.target, self.layer)
        return (*what, self.step, self.config, self.setting)


def fingerprint_items(items: Iterable[str]) -> str:
    """Names a list of items, in whatever order."""
    digest = hashlib.sha256("\n".join(sorted(items)).encode())
    return digest.hexdigest()[:12]


def chosen_layer(results: Iterable[Result], metrics: Collection[str]) -> int | None:
    """Chooses the layer at which metrics are best on average, by `Result.choice` where all have it.

    Where some have not (too few items to fit on and choose by), the values themselves choose. Of
    layers that tie, as all may that find every item, it is the middle one; of two, the lower.

    Args:
      results: of one pair and model, possibly of several seeds.
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

    What a killed process left of a last line is mended first, so that no line is glued to it.
    Without results no file comes to be.

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
    """Makes sure, before anything is measured, that results can be appended and reported.

    Raises:
      InputError: the file cannot be written, or a line is damaged.
    """
    if path.exists():
        append_results(path, [])
        read_results(path)


def read_results(path: Path) -> list[Result]:
    """Reads all measurements, oldest first; of equal identity only the last one stays.

    A missing file holds no results.

    Raises:
      InputError: the file cannot be read; a line is damaged (cut off, not JSON, a field that is
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
    """Ends a last line that is whole but for its end, and cuts one that is not."""
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
    # Comparing is exact and false for NaN; a float of a large integer would overflow.
    return type(value) in (int, float) and abs(cast(float, value)) <= sys.float_info.max


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= cast(float, value) <= 1


_Test = Callable[[object], bool]


def _or_none(test: _Test) -> _Test:
    return lambda value: value is None or test(value)


_SURROGATE = re.compile("[\ud800-\udfff]")
"""JSON can spell these halves of characters, which cannot be written anywhere."""
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
"""What a field holds, by its name."""

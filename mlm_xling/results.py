"""`results.jsonl`: one measurement a line, appended whole, read with the last word winning."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mlm_xling.errors import InputError

FILE_NAME = "results.jsonl"


@dataclass(frozen=True)
class Result:
    """One measurement; the fields of a line of `results.jsonl`, in this order."""

    evaluator: str
    metric: str
    model: str
    """`trained`, `random` (same architecture, never trained), or a baseline's name."""
    source: str
    target: str
    layer: int | None
    """0 is the embedding output; None where a layer means nothing."""
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
    """The same measured on items that only fit means and maps: what layers are chosen by, so that
    the value of the chosen one is not the best of several. None: not measured."""

    @property
    def identity(self) -> tuple:
        """What was measured: a later result of the same identity replaces an earlier one."""
        what = (self.evaluator, self.metric, self.model, self.source, self.target, self.layer)
        return (*what, self.step, self.config, self.setting)


def fingerprint_items(items: Iterable[str]) -> str:
    """Names a list of items, in whatever order."""
    digest = hashlib.sha256("\n".join(sorted(items)).encode())
    return digest.hexdigest()[:12]


def append_results(path: Path, results: Iterable[Result]) -> None:
    """Appends whole lines to `path` in one write, or nothing at all.

    Raises:
      InputError: the file cannot be written, e.g. because the disk is full.
      ValueError: a value is not finite.
    """
    lines = [json.dumps(dataclasses.asdict(result), allow_nan=False) for result in results]
    block = "".join(line + "\n" for line in lines).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab", buffering=0) as file:
            before = file.tell()
            if file.write(block) != len(block):
                file.truncate(before)
                raise OSError("no space left for the results")
    except OSError as error:
        raise InputError(f"{path}: cannot append: {error.strerror or error}") from error


def read_results(path: Path) -> list[Result]:
    """Reads all measurements, oldest first; of equal identity only the last one stays.

    A missing file holds no results.

    Raises:
      InputError: a line is damaged (cut off, not JSON, wrong fields), with file and line.
    """
    if not path.exists():
        return []
    latest: dict[tuple, Result] = {}
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        result = _parse(line, f"{path}:{number}")
        latest.pop(result.identity, None)
        latest[result.identity] = result
    return list(latest.values())


def _parse(line: bytes, where: str) -> Result:
    if not line.endswith(b"\n"):
        raise InputError(f"{where}: the line is cut off; remove it")
    try:
        values = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not JSON; remove the line") from error
    if not isinstance(values, dict):
        raise InputError(f"{where}: not a JSON object; remove the line")
    fields = dataclasses.fields(Result)
    required = {field.name for field in fields if field.default is dataclasses.MISSING}
    wrong = sorted(required - set(values) | set(values) - {field.name for field in fields})
    if wrong:
        raise InputError(f"{where}: field {wrong[0]!r} is missing or unknown; remove the line")
    if type(values["value"]) not in (int, float):
        raise InputError(f"{where}: field 'value' is not a number; remove the line")
    return Result(**values)

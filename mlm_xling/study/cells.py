"""The cells of a study: one run each, the commands that make it, and what of them is done."""

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlm_xling.config.stored import fingerprint
from mlm_xling.data.cache import digest
from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.study.definition import Settings, Study, resolved

RECORD = "cell.json"
CACHE = "cache"
"""What was prepared and compiled, for all cells."""


@dataclass(frozen=True)
class Stage:
    """One command of a cell."""

    name: str
    command: tuple[str, ...]
    """What a person would type."""
    fingerprint: str
    """Of all that its outcome depends on."""


@dataclass(frozen=True)
class Cell:
    """A row with a pair of languages and a seed."""

    pair: str
    row: str
    seed: int
    folder: Path
    """The workdir of the run."""
    stages: tuple[Stage, ...]

    @property
    def name(self) -> str:
        """Pair, row and seed."""
        return f"{self.pair}/{self.row}/{self.seed}"

    def left(self) -> tuple[Stage, ...]:
        """Lists the stages from the first that is not done on."""
        done = self.record()["done"]
        for number, stage in enumerate(self.stages):
            if done.get(stage.name, {}).get("fingerprint") != stage.fingerprint:
                return self.stages[number:]
        return ()

    def seconds(self) -> float | None:
        """How long it took, if it is done."""
        return None if self.left() else sum(s["seconds"] for s in self.record()["done"].values())

    def failure(self) -> str | None:
        """Why it failed, if that is how it ended last."""
        return self.record()["failed"]

    def record(self) -> dict[str, Any]:
        """Reads what is known of its stages; a record that is damaged says nothing."""
        with contextlib.suppress(OSError, ValueError):
            return unseal((self.folder / RECORD).read_text())
        return {"done": {}, "failed": None}

    def finish(self, stage: Stage, seconds: float) -> None:
        """Notes that a stage is done."""
        done = {"fingerprint": stage.fingerprint, "seconds": round(seconds, 1)}
        self._write({"done": {**self.record()["done"], stage.name: done}, "failed": None})

    def fail(self, reason: str) -> None:
        """Notes why a stage ended badly."""
        self._write({**self.record(), "failed": reason})

    def _write(self, record: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / RECORD, seal(record).encode())


def cells_of(study: Study, workdir: Path) -> list[Cell]:
    """Lists all cells, in the order in which they run.

    Raises:
      InputError: the configuration of one is wrong.
    """
    return [_cell(study, workdir, *which) for which in study.each()]


def select(cells: list[Cell], names: list[str]) -> list[Cell]:
    """Picks cells by name, or all if none is named.

    Raises:
      InputError: there is no cell of a name.
    """
    known = {cell.name: cell for cell in cells}
    if unknown := next((name for name in names if name not in known), None):
        raise InputError(f"--only={unknown}: no such run; there are {', '.join(known)}")
    return [known[name] for name in names] or cells


def _cell(study: Study, workdir: Path, pair: str, row: str, seed: int) -> Cell:
    folder = workdir / pair / row / str(seed)
    settings = {**study.settings_of(row), "training.seed": seed}
    settings["data.cache_dir"] = str(workdir / CACHE)
    config = resolved(study, pair, row, settings)
    names = ",".join(study.evaluators)
    trained = fingerprint(config)
    pretrain = (sys.executable, "run_pretrain.py", f"--config={study.config}:{pair}/{row}")
    evaluate = (sys.executable, "run_eval.py", f"--evaluators={names}")
    stages = (
        Stage("pretrain", (*pretrain, *_flags(settings), f"--workdir={folder}"), trained),
        Stage("evaluate", (*evaluate, f"--workdir={folder}"), digest([trained, names])),
    )
    return Cell(pair, row, seed, folder, stages)


def _flags(settings: Settings) -> list[str]:
    return [f"--config.{name}={_shown(value)}" for name, value in settings.items()]


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

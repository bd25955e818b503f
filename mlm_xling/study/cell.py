"""A cell of a study: one run, the commands that make it, and what of them is done."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.paths import CHECKPOINTS

RECORD = "cell.json"
PRETRAIN = "pretrain"
"""The stage that makes a model, of which the others need the checkpoints."""
UNTRAINED = "untrained"
"""The stage that measures what needs no training."""


@dataclass(frozen=True)
class Stage:
    """One command of a cell."""

    name: str
    command: tuple[str, ...]
    """What a person would type."""
    fingerprint: str
    """Digest of all that its outcome depends on."""


@dataclass(frozen=True)
class Cell:
    """A row with a pair of languages and a seed."""

    pair: str
    row: str
    seed: int
    folder: Path
    """The workdir of the run."""
    stages: tuple[Stage, ...]
    corpus: str = ""
    """Digest of text and vocabulary: cells that share it share what needs no training."""
    needs: "tuple[Cell, ...]" = ()
    """Cells that have to be done before."""
    wanted: bool = False
    """Whether another cell needs the model, however much is done here."""
    tokens: int = 0
    """Trained on."""

    @property
    def name(self) -> str:
        """Pair, row and seed."""
        return f"{self.pair}/{self.row}/{self.seed}"

    @property
    def measures_untrained(self) -> bool:
        """Tells whether what needs no training is measured here, for all cells of the corpus."""
        return any(stage.name == UNTRAINED for stage in self.stages)

    def left(self) -> tuple[Stage, ...]:
        """Lists the stages from the first that is not done on; all, if they lack the model."""
        done = self.record()["done"]
        of_record = [done.get(stage.name, {}).get("fingerprint") for stage in self.stages]
        same = [now.fingerprint == was for now, was in zip(self.stages, of_record, strict=True)]
        if (self.wanted or not all(same)) and self._has_lost_the_model():
            return self.stages
        return () if all(same) else self.stages[same.index(False) :]

    def _has_lost_the_model(self) -> bool:
        makes_one = self.stages[0].name == PRETRAIN
        return makes_one and not (self.folder / CHECKPOINTS).is_dir()

    def seconds(self) -> float | None:
        """How long it took, if it is done."""
        return None if self.left() else sum(self.seconds_of_stages().values())

    def seconds_of_stages(self) -> dict[str, float]:
        """How long each of the stages took that are done."""
        done = self.record()["done"]
        names = (stage.name for stage in self.stages if stage.name in done)
        return {name: done[name]["seconds"] for name in names}

    def failure(self) -> str | None:
        """Why it failed, if that is how it ended last."""
        return self.record()["failed"]

    def record(self) -> dict[str, Any]:
        """Reads what is known of its stages; a record that is damaged says nothing."""
        with contextlib.suppress(OSError, ValueError):
            return unseal((self.folder / RECORD).read_text())
        return {"done": {}, "failed": None}

    def finish(self, stage: Stage, seconds: float) -> None:
        """Notes that a stage is done, and how long it took with all interruptions."""
        seconds += self._spent(stage)
        done = {"fingerprint": stage.fingerprint, "seconds": round(seconds, 1)}
        self._write({"done": {**self.record()["done"], stage.name: done}, "failed": None})

    def interrupt(self, stage: Stage, seconds: float) -> None:
        """Notes how long a stage ran that goes on another time."""
        spent = {"fingerprint": stage.fingerprint, "seconds": self._spent(stage) + seconds}
        self._write({**self.record(), "spent": spent})

    def _spent(self, stage: Stage) -> float:
        """How long a stage ran before it was interrupted."""
        spent = self.record().get("spent", {})
        return spent["seconds"] if spent.get("fingerprint") == stage.fingerprint else 0.0

    def fail(self, reason: str) -> None:
        """Notes why a stage ended badly."""
        self._write({**self.record(), "failed": reason})

    def _write(self, record: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / RECORD, seal(record).encode())

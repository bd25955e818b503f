"""A cell of a study: one run, the commands that make it, and what of them is done."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.paths import CHECKPOINTS
from mlm_xling.results import OF_TRAINING, Result

RECORD = "cell.json"
PRETRAIN = "pretrain"
"""The stage that makes a model, of which the others need the checkpoints."""


@dataclass(frozen=True)
class Stage:
    """One command of a cell."""

    name: str
    command: tuple[str, ...]
    """What a person would type."""
    fingerprint: str
    """Digest of all that its outcome depends on."""
    evaluators: tuple[str, ...] = ()
    """Which it asks, if it measures."""
    untrained: bool = False
    """Whether it measures what needs no training, and not what was trained."""

    def gives(self, result: Result) -> bool:
        """Tells whether a result is of this stage."""
        return result.evaluator in self.evaluators and self.untrained == (
            result.model not in OF_TRAINING
        )


@dataclass(frozen=True)
class Cell:
    """A row with a pair of languages and a seed."""

    pair: str
    row: str
    seed: int
    folder: Path
    """The workdir of the run."""
    stages: tuple[Stage, ...]
    """What the first one makes the others use, each for itself."""
    corpus: str = ""
    """Digest of text, vocabulary and model: cells that share it share what needs no training."""
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
        return any(stage.untrained for stage in self.stages)

    def undone(self) -> tuple[Stage, ...]:
        """Lists the stages whose outcome is not there; all, if the first one's is not."""
        return self.undone_by(self.record()["done"])

    def undone_by(self, done: Mapping[str, Mapping[str, Any]]) -> tuple[Stage, ...]:
        """Lists the stages that are not there by a record's `done`."""
        found = tuple(
            stage
            for stage in self.stages
            if done.get(stage.name, {}).get("fingerprint") != stage.fingerprint
        )
        return self.stages if self.stages[0] in found else found

    def is_measured(self) -> bool:
        """Tells whether anything is measured, or else all done that measures nothing."""
        measuring = [stage for stage in self.stages if stage.evaluators] or self.stages
        undone = self.undone()
        return any(stage not in undone for stage in measuring)

    def left(self) -> tuple[Stage, ...]:
        """Lists the stages that have to run: what is not done; all, if that lacks the model."""
        undone = self.undone()
        return self.stages if (self.wanted or undone) and self._has_lost_the_model() else undone

    def _has_lost_the_model(self) -> bool:
        makes_one = self.stages[0].name == PRETRAIN
        return makes_one and not (self.folder / CHECKPOINTS).is_dir()

    def seconds(self) -> float | None:
        """How long it took, if it is done."""
        return None if self.left() else sum(self.seconds_of_stages().values())

    def seconds_of_stages(self) -> dict[str, float]:
        """How long each of the stages took that are done."""
        done = self.record()["done"]
        undone = self.undone_by(done)
        names = (stage.name for stage in self.stages if stage not in undone)
        return {name: done[name]["seconds"] for name in names}

    def failure(self) -> str | None:
        """Why stages failed, those that ended so when they ran last."""
        reasons = self._failed(self.record())
        undone = (stage.name for stage in self.undone())
        return "; ".join(f"{name}: {reasons[name]}" for name in undone if name in reasons) or None

    @staticmethod
    def _failed(record: Mapping[str, Any]) -> dict[str, str]:
        return record.get("failed") or {}

    def record(self) -> dict[str, Any]:
        """Reads what is known of its stages; a record that is damaged says nothing."""
        with contextlib.suppress(OSError, ValueError):
            return unseal((self.folder / RECORD).read_text())
        return {"done": {}}

    def finish(self, stage: Stage, seconds: float) -> None:
        """Notes that a stage is done, and how long it took with all interruptions.

        What others had done with what the first one made before is not done any more.
        """
        record = self.record()
        seconds += self._spent(stage)
        done = {"fingerprint": stage.fingerprint, "seconds": round(seconds, 1)}
        others = {} if stage == self.stages[0] else record["done"]
        failed = {k: why for k, why in self._failed(record).items() if k != stage.name}
        self._write({"done": {**others, stage.name: done}, "failed": failed})

    def interrupt(self, stage: Stage, seconds: float) -> None:
        """Notes how long a stage ran that goes on another time."""
        spent = {"fingerprint": stage.fingerprint, "seconds": self._spent(stage) + seconds}
        self._write({**self.record(), "spent": spent})

    def _spent(self, stage: Stage) -> float:
        """How long a stage ran before it was interrupted."""
        spent = self.record().get("spent", {})
        return spent["seconds"] if spent.get("fingerprint") == stage.fingerprint else 0.0

    def fail(self, stage: Stage, reason: str) -> None:
        """Notes why a stage ended badly, until it ends well."""
        record = self.record()
        self._write({**record, "failed": {**self._failed(record), stage.name: reason}})

    def _write(self, record: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / RECORD, seal(record).encode())

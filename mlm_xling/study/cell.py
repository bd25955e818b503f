"""A cell of a study: one run, its commands, and which of them are done."""

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlm_xling.config import Config
from mlm_xling.digests import seal, unseal
from mlm_xling.directories import write_whole
from mlm_xling.paths import CHECKPOINTS, RECORD
from mlm_xling.results import OF_TRAINING, Result

PRETRAIN = "pretrain"
"""The stage that trains a model, whose checkpoints the other stages need."""
PROBES = "probes"
"""The stage of all evaluators that train nothing; each of the others has a stage of its name."""


@dataclass(frozen=True)
class Stage:
    """One command of a cell."""

    name: str
    command: tuple[str, ...]
    """The command as typed in a shell."""
    fingerprint: str
    """Digest of everything that its result depends on."""
    evaluators: tuple[str, ...] = ()
    """The evaluators it runs, if it measures."""
    untrained: bool = False
    """Whether it measures what needs no training, instead of the trained model."""
    minutes: float | None = None
    """How long it took where the study was written, if known."""

    @property
    def makes_model(self) -> bool:
        """Whether it trains the model that the other stages of its cell measure."""
        return self.name == PRETRAIN

    def gives(self, result: Result) -> bool:
        """Returns whether a result is from this stage."""
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
    """If the first makes the model, the others measure it, independently of each other."""
    corpus: str = ""
    """Digest of text, vocabulary and model: cells that share it share model-free measurements."""
    needs: "tuple[Cell, ...]" = ()
    """Cells that must be done first."""
    wanted: bool = False
    """Whether another cell needs the model, even if everything is done here."""
    config: Config | None = field(default=None, compare=False)
    """The configuration of the training; None for comparisons of models that others train."""

    @property
    def name(self) -> str:
        """Pair, row and seed."""
        return f"{self.pair}/{self.row}/{self.seed}"

    @property
    def tokens(self) -> int:
        """Number of training tokens."""
        if self.config is None:
            return 0
        return self.config.training.tokens_per_step * self.config.training.steps

    @property
    def measures_untrained(self) -> bool:
        """Whether this cell measures what needs no training, for all cells of the corpus."""
        return any(stage.untrained for stage in self.stages)

    def undone(self) -> tuple[Stage, ...]:
        """Lists the stages without a result; all stages, if they lack the model."""
        return self.undone_by(self._done(self.record()))

    def undone_by(self, done: Mapping[str, Mapping[str, Any]]) -> tuple[Stage, ...]:
        """Lists the undone stages according to a record's `done`."""
        found = tuple(
            stage
            for stage in self.stages
            if done.get(stage.name, {}).get("fingerprint") != stage.fingerprint
        )
        return self.stages if any(stage.makes_model for stage in found) else found

    def is_measured(self) -> bool:
        """Returns whether any measurement is done; if no stage measures, whether all are."""
        measuring = [stage for stage in self.stages if stage.evaluators] or self.stages
        undone = self.undone()
        return any(stage not in undone for stage in measuring)

    def left(self) -> tuple[Stage, ...]:
        """Lists the stages to run: those not done, or all, if they need a model that is missing."""
        undone = self.undone()
        return self.stages if (self.wanted or undone) and self._has_lost_the_model() else undone

    def _has_lost_the_model(self) -> bool:
        return self.stages[0].makes_model and not (self.folder / CHECKPOINTS).is_dir()

    def seconds(self) -> float | None:
        """Returns the duration, if everything is done."""
        return None if self.left() else sum(self.seconds_of_stages().values())

    def seconds_of_stages(self) -> dict[str, float]:
        """Returns the duration of each stage that is done."""
        done = self._done(self.record())
        undone = self.undone_by(done)
        names = (stage.name for stage in self.stages if stage not in undone)
        return {name: done[name]["seconds"] for name in names}

    def failure(self) -> str | None:
        """Returns why stages failed in their last run, if they did."""
        reasons = self._failed(self.record())
        left = (stage.name for stage in self.left())
        return "; ".join(f"{name}: {reasons[name]}" for name in left if name in reasons) or None

    @staticmethod
    def _failed(record: Mapping[str, Any]) -> dict[str, str]:
        return record.get("failed") or {}

    def _models(self) -> list[str]:
        """Returns which training each needed model is of; none for those of older records."""
        made = (need.record()["done"].get(PRETRAIN, {}) for need in self.needs)
        return [done["model"] for done in made if "model" in done]

    def _done(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Returns the stages that are done with the models that are there now."""
        return record["done"] if record.get("models", []) == self._models() else {}

    def record(self) -> dict[str, Any]:
        """Reads the record of the stages; a damaged record counts as empty."""
        with contextlib.suppress(OSError, ValueError):
            return unseal((self.folder / RECORD).read_text())
        return {"done": {}}

    def finish(self, stage: Stage, seconds: float) -> None:
        """Records that a stage is done, and its duration including interrupted runs.

        What the others measured of a model that was made before becomes undone.
        """
        record = self.record()
        seconds += self._spent(stage)
        done: dict[str, Any] = {"fingerprint": stage.fingerprint, "seconds": round(seconds, 1)}
        others = self._done(record)
        if stage.makes_model:
            done["model"], others = uuid.uuid4().hex, {}
        failed = {k: why for k, why in self._failed(record).items() if k != stage.name}
        known = {"models": models} if (models := self._models()) else {}
        self._write({"done": {**others, stage.name: done}, "failed": failed, **known})

    def interrupt(self, stage: Stage, seconds: float) -> None:
        """Records the duration of an interrupted stage that will resume."""
        spent = {"fingerprint": stage.fingerprint, "seconds": self._spent(stage) + seconds}
        self._write({**self.record(), "spent": spent})

    def _spent(self, stage: Stage) -> float:
        """Returns how long a stage ran before it was interrupted."""
        spent = self.record().get("spent", {})
        return spent["seconds"] if spent.get("fingerprint") == stage.fingerprint else 0.0

    def fail(self, stage: Stage, reason: str) -> None:
        """Records why a stage failed, until it succeeds."""
        record = self.record()
        self._write({**record, "failed": {**self._failed(record), stage.name: reason}})

    def _write(self, record: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / RECORD, seal(record).encode())

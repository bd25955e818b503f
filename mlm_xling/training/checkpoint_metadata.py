"""Checkpoint metadata, and whether a run can be resumed from it."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlm_xling.config import Config
from mlm_xling.config.stored import changed_fields, from_json
from mlm_xling.errors import InputError


@dataclass(frozen=True)
class Metadata:
    """Metadata stored in a checkpoint."""

    step: int
    config: str
    """The resolved configuration as JSON."""
    vocabulary: str
    """Fingerprint; ids mean nothing under another vocabulary."""
    data: str
    """Fingerprint of the prepared streams."""
    data_dir: str
    earlier_data: list[str] = field(default_factory=list)
    """`data_dir` of each run this one was initialised from (`training.init_from`), latest first."""
    perplexity: float | None = None
    """Perplexity on the selection language's dev text; set for best checkpoints."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """`stream_inputs` of the run: what the streams were made from."""

    @property
    def texts(self) -> tuple[Path | None, ...]:
        """The prepared streams of this run, then of earlier ones; None for those deleted."""
        folders = map(Path, (self.data_dir, *self.earlier_data))
        known = tuple(folder if folder.is_dir() else None for folder in folders)
        # Initialized from another run, but does not record what that one read.
        untold = from_json(self.config).training.init_from and not self.earlier_data
        return (*known, None) if untold else known


def read_metadata(values: dict[str, Any], checkpoint: object) -> Metadata:
    """Parses the metadata of a checkpoint.

    Raises:
      InputError: its fields are not those of this version.
    """
    known = {field.name for field in dataclasses.fields(Metadata)}
    try:
        return Metadata(**values)
    except TypeError:
        other = ", ".join(sorted(known ^ values.keys()))
        raise InputError(
            f"{checkpoint}: another version of mlm_xling saved this ({other}); go on with that one"
        ) from None


def refuse_changed_fields(workdir: Path, old: Metadata, config: Config) -> None:
    """Refuses to resume a run under a configuration that would change what is trained.

    Raises:
      InputError: a field has changed; the message names it.
    """
    changed = changed_fields(from_json(old.config), config)
    if changed:
        name, before, now = changed[0]
        raise InputError(
            f"config.{name}: {workdir} was trained with {before!r}, not {now!r}; "
            "use another --workdir or the old value"
        )


def refuse_another_run(workdir: Path, old: Metadata, new: Metadata) -> None:
    """Refuses to resume a run with another configuration, vocabulary or text.

    Raises:
      InputError: one of them differs; the message names it.
    """
    refuse_changed_fields(workdir, old, from_json(new.config))
    for what in ("vocabulary", "data"):
        if getattr(old, what) != getattr(new, what):
            raise InputError(
                f"{what}: {workdir} was trained on another one; the text, the held-out pairs or "
                "the way in which mlm_xling prepares them have changed since; use another --workdir"
            )

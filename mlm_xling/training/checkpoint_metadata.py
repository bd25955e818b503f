"""What a checkpoint says of itself, and whether a run can go on from it."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlm_xling.config import Config
from mlm_xling.config.stored import changed_fields, from_json
from mlm_xling.errors import InputError


@dataclass(frozen=True)
class Metadata:
    """What a checkpoint says of itself."""

    step: int
    config: str
    """The resolved configuration as JSON."""
    vocabulary: str
    """Fingerprint; ids mean nothing under another vocabulary."""
    data: str
    """Fingerprint of the prepared streams."""
    data_dir: str
    earlier_data: list[str] = field(default_factory=list)
    """`data_dir` of the runs that this one began with (`training.init_from`), the last first."""
    perplexity: float | None = None
    """What a best checkpoint has on the selection language's dev text."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """`stream_inputs` of the run: what the streams were made of."""

    @property
    def texts(self) -> tuple[Path | None, ...]:
        """The prepared streams of the run, then those of earlier ones; None for what is gone."""
        folders = map(Path, (self.data_dir, *self.earlier_data))
        known = tuple(folder if folder.is_dir() else None for folder in folders)
        # A run that began with another, and says of none what it read.
        untold = from_json(self.config).training.init_from and not self.earlier_data
        return (*known, None) if untold else known


def read_metadata(values: dict[str, Any], checkpoint: object) -> Metadata:
    """Takes what the checkpoint of a folder says of itself.

    Raises:
      InputError: it says other things than checkpoints of this version do.
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
    """Refuses to go on with a run under a configuration that would make another of it.

    Raises:
      InputError: names the field.
    """
    changed = changed_fields(from_json(old.config), config)
    if changed:
        name, before, now = changed[0]
        raise InputError(
            f"config.{name}: {workdir} was trained with {before!r}, not {now!r}; "
            "use another --workdir or the old value"
        )


def refuse_another_run(workdir: Path, old: Metadata, new: Metadata) -> None:
    """Refuses to go on with a run under another configuration, vocabulary or text.

    Raises:
      InputError: names what differs.
    """
    refuse_changed_fields(workdir, old, from_json(new.config))
    for what in ("vocabulary", "data"):
        if getattr(old, what) != getattr(new, what):
            raise InputError(
                f"{what}: {workdir} was trained on another one; the text, the held-out pairs or "
                "the way in which mlm_xling prepares them have changed since; use another --workdir"
            )

"""A configuration as JSON, its fingerprint, and what a resumed run may change in it."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from functools import reduce
from typing import Any, get_args, get_type_hints

from mlm_xling.config.fields import Config
from mlm_xling.errors import InputError


def fields(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields (dotted name, value) of every leaf field, in order of declaration."""
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if dataclasses.is_dataclass(value):
            yield from fields(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}", value


def unusual(section: Any) -> list[str]:
    """Lists the fields of a section with non-default values, as `name=value`."""
    usual = dict(fields(type(section)()))
    return [f"{name}={as_text(value)}" for name, value in fields(section) if value != usual[name]]


def as_text(value: Any) -> str:
    """Formats a value as a flag has it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def set_field(config: Any, name: str, value: Any) -> None:
    """Sets a leaf field by its dotted name.

    Raises:
      InputError: there is no such field; the value is validated by `config.checks.resolve`.
    """
    if name not in dict(fields(config)):
        raise InputError(f"config.{name}: no such field")
    *sections, field = name.split(".")
    setattr(reduce(getattr, sections, config), field, value)


def to_json(config: Config) -> str:
    """Serialises the resolved configuration as readable JSON; the inverse of `from_json`."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"


def from_json(text: str) -> Config:
    """Parses the output of `to_json`.

    Raises:
      InputError: an unknown section or field.
    """
    return _build(Config, json.loads(text), "config")


def fingerprint(
    config: Config, other: Config | None = None, *, other_step: int | None = None
) -> str:
    """Returns twelve hex digits that identify the resolved configuration in results.

    Args:
      other: configuration of a second model compared with the first; ignored if equal.
      other_step: training step of the second model, if it is not that of the first.
    """
    name = _digest(to_json(config))
    beside = "" if other is None or (second := fingerprint(other)) == name else second
    beside += "" if other_step is None else f"@{other_step}"
    return _digest(name + beside) if beside else name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _build(cls: type, values: dict[str, Any], path: str) -> Any:
    hints = get_type_hints(cls)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise InputError(f"{path}.{unknown[0]}: no such field")
    parsed = {}
    for name, value in values.items():
        if dataclasses.is_dataclass(hints[name]):
            value = _build(hints[name], value, f"{path}.{name}")
        elif get_args(hints[name]):
            value = tuple(value)
        parsed[name] = value
    return cls(**parsed)


_DATA_OF_EVALUATION = (
    "data.parallel", "data.retrieval", "data.dictionary", "data.vectors", "data.cache_dir",
)  # fmt: skip
_LABELLED_OF_LAB = ("lab.labelled", "lab.nli_pairs")
_OF_TRAINING = ("evaluation.during_pretraining", "evaluation.dev_chunks")
_RECORDED = (
    "optimizer.learning_rate", "optimizer.schedule", "optimizer.warmup_steps", "training.steps",
)  # fmt: skip
"""What a resumed run may change although the parameters depend on it."""
_RESUMABLE = (
    *_RECORDED, "data.text_dir", "training.log_every", "training.checkpoint_every",
    "training.evaluate_every", "evaluation.during_pretraining",
)  # fmt: skip
_HISTORY = "training.history"
OPEN_TO_EVALUATION = (
    f"config.evaluation (but {', '.join(_OF_TRAINING)}), "
    f"{', '.join((*_LABELLED_OF_LAB, *_DATA_OF_EVALUATION))}"
)
"""Description of what an evaluation may change."""
OF_IMPORTED = "languages", "data.text_dir", "model.dtype", "training.length", "training.seed"
"""What an evaluation of an encoder that was not trained here may also change."""
OPEN_TO_RESUMING = (
    f"the same, and config.mesh, {', '.join(_RESUMABLE)}, but not the content of files that "
    "training reads, nor, where there are parallel sentences, how many of them are held out"
)
"""Description of what a resumed run may change, to follow `OPEN_TO_EVALUATION`."""


def is_open_to_evaluation(name: str) -> bool:
    """Returns whether an evaluation may change a field."""
    return is_of_evaluation(name) or name in _DATA_OF_EVALUATION


def is_of_evaluation(name: str) -> bool:
    """Returns whether training is independent of a field, including what its text leaves out."""
    in_section = name.startswith("evaluation.") and name not in _OF_TRAINING
    return in_section or name in _LABELLED_OF_LAB


def is_open_to_imported(name: str) -> bool:
    """Returns whether an evaluation of an encoder that was not trained here may change a field."""
    return is_open_to_evaluation(name) or name in OF_IMPORTED


def is_open_to_resuming(name: str) -> bool:
    """Returns whether a resumed run may change a field; the text is checked by its fingerprint."""
    resumable = name in (*_RESUMABLE, _HISTORY) or name.startswith("mesh.")
    return is_open_to_evaluation(name) or resumable


def encoder_identity(config: Config) -> dict[str, str]:
    """Returns the fields that tell encoders apart, as text.

    Evaluations and resumed runs keep them, and checkpoints of a resumed run have the values that
    the run began with.
    """
    open_too = OF_IMPORTED if config.origin else ()
    began = {
        name: as_text(value)
        for name, value in fields(config)
        if name not in open_too and (name in _RECORDED or not is_open_to_resuming(name))
    }
    for change in reversed(config.training.history):
        name, _, value = change.partition("=")
        began[name] = value.partition(" to step ")[0]
    return began


def changed_fields(old: Config, new: Config) -> list[tuple[str, Any, Any]]:
    """Lists (name, old value, new value) of the fields that a resumed run may not change."""
    after = dict(fields(new))
    return [
        (name, value, after[name])
        for name, value in fields(old)
        if not is_open_to_resuming(name) and value != after[name]
    ]


def history(old: Config, new: Config, step: int) -> tuple[str, ...]:
    """Lists what resumed runs have changed that parameters depend on, including `new`.

    Args:
      step: last step under `old`.
    """
    before, after = dict(fields(old)), dict(fields(new))
    changed = (name for name in _RECORDED if before[name] != after[name])
    return (*old.training.history, *(f"{name}={before[name]} to step {step}" for name in changed))

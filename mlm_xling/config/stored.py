"""A configuration as JSON, its fingerprint, and what a resumed run may change of it."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from mlm_xling.config import Config, ContextualConfig, EvaluationConfig, LexiconConfig
from mlm_xling.errors import InputError


def fields(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields (dotted name, value) of every leaf field, in the order of declaration."""
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if dataclasses.is_dataclass(value):
            yield from fields(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}", value


def to_json(config: Config) -> str:
    """The resolved configuration as readable JSON; `from_json` is its inverse."""
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"


def from_json(text: str) -> Config:
    """Reads what `to_json` wrote.

    Raises:
      InputError: a section or field is not one of ours.
    """
    return _build(Config, json.loads(text), "config")


def fingerprint(config: Config) -> str:
    """Twelve hex digits that name the resolved configuration in results."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()[:12]


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


PROBING = (
    "data.parallel",
    "data.retrieval",
    "data.dictionary",
    "data.vectors",
    "evaluation.pairs",
    "evaluation.fit_pairs",
    "evaluation.resamples",
    *(f"evaluation.lexicon.{name}" for name, _ in fields(LexiconConfig())),
    *(f"evaluation.contextual.{name}" for name, _ in fields(ContextualConfig())),
)
"""Fields that only the probing of a frozen encoder looks at."""

FINETUNING = tuple(
    f"evaluation.{section}.{name}"
    for section in ("finetuning", "nli", "ner", "parsing")
    for name, _ in fields(getattr(EvaluationConfig(), section))
)
"""Fields that only fine-tuning looks at."""

RESUMABLE = {
    "data.text_dir",
    "data.cache_dir",
    "training.steps",
    "training.log_every",
    "training.checkpoint_every",
    "training.evaluate_every",
    "mesh.data",
    "mesh.fsdp",
    "mesh.tensor",
    *PROBING,
    "evaluation.during_pretraining",
    *FINETUNING,
}
"""Fields that a resumed run may change; what the text holds is checked by its fingerprint."""


def changed_fields(old: Config, new: Config) -> list[tuple[str, Any, Any]]:
    """(name, old value, new value) of the fields that a resumed run may not change."""
    after = dict(fields(new))
    return [
        (name, value, after[name])
        for name, value in fields(old)
        if name not in RESUMABLE and value != after[name]
    ]

"""Validation of a whole configuration, once, before anything else runs."""

import dataclasses
import math
import os
import re
from collections.abc import Iterable
from typing import Any, get_args, get_type_hints

from mlm_xling.config.contamination import parse_contamination
from mlm_xling.config.data_checks import check_data
from mlm_xling.config.evaluation import FinetuningConfig
from mlm_xling.config.fields import IN_EMBEDDINGS, Config, ModelConfig
from mlm_xling.config.limits import check_of
from mlm_xling.config.rows import row_but_for
from mlm_xling.errors import InputError, require
from mlm_xling.languages import derivations
from mlm_xling.paths import require_characters, user_path


def resolve_flag(value: Any, overridden: Iterable[str] = (), *, reads_text: bool = True) -> Config:
    """Resolves the return value of the `--config` file.

    Args:
      overridden: dotted names of the fields that flags have changed in it.
      reads_text: whether the text is to be read, so that its location is required.

    Raises:
      InputError: it is not a configuration, or see `resolve`.
    """
    if not isinstance(value, Config):
        raise InputError("--config: get_config() of this file returns no mlm_xling.config.Config")
    if not reads_text and not value.data.text_dir:
        value = dataclasses.replace(value, data=dataclasses.replace(value.data, text_dir="text"))
    return resolve(dataclasses.replace(value, origin="", row=row_but_for(value.row, overridden)))


def resolve(config: Config) -> Config:
    """Returns a validated copy of the configuration with everything spelled out.

    Lists from the command line are split at commas: the flags library passes
    `--config.languages=en,fr` as `('en,fr',)`. NumPy numbers are converted to Python's, and paths
    to strings. `lowest_<share>` is replaced by the layers it denotes, and the recipient is added to
    `data.contamination`.

    Raises:
      InputError: names the first invalid field, and what would be valid.
    """
    config = _typed(config, "config")
    _check_fields(config, "config")
    private = tuple(part for name in config.model.private for part in _parts(name, config.model))
    model = dataclasses.replace(config.model, private=tuple(dict.fromkeys(private)))
    replaced = parse_contamination(config.data.contamination, config.languages[0])
    data = dataclasses.replace(config.data, contamination=str(replaced or ""))
    config = dataclasses.replace(config, model=model, data=data)
    _check_together(config)
    return config


def _typed(section: Any, path: str) -> Any:
    """Converts fields to their declared types, or rejects their values."""
    changes = {}
    for field, kind in get_type_hints(type(section)).items():
        name, value = f"{path}.{field}", getattr(section, field)
        if dataclasses.is_dataclass(kind):
            changes[field] = _typed(value, name)
        elif get_args(kind):
            _require_type(isinstance(value, tuple | list), name, value, tuple)
            changes[field] = _split(value, get_args(kind)[0], name)
        else:
            changes[field] = _single(value, kind, name)
    return dataclasses.replace(section, **changes)


def _single(value: Any, kind: type, name: str) -> Any:
    if hasattr(value, "item"):  # A NumPy scalar, handled without importing NumPy.
        value = value.item()
    elif kind is str and isinstance(value, os.PathLike):
        value = os.fspath(value)
    _require_type(type(value) in ((float, int) if kind is float else (kind,)), name, value, kind)
    return value


def _require_type(condition: bool, name: str, value: Any, kind: type) -> None:
    require(condition, f"{name}={value!r}: not of type {kind.__name__}")


def _split(value: Iterable[Any], kind: type, name: str) -> tuple:
    pieces = (piece.strip() for entry in value for piece in str(entry).split(","))
    try:
        return tuple(kind(piece) for piece in pieces if piece)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None


def _check_fields(section: Any, path: str) -> None:
    for field in dataclasses.fields(section):
        name, value, check = f"{path}.{field.name}", getattr(section, field.name), check_of(field)
        if dataclasses.is_dataclass(value):
            _check_fields(value, name)
            continue
        for text in map(str, value if isinstance(value, tuple) else (value,)):
            require_characters(text, name)
            if text.startswith("~"):
                user_path(text, name)
        if check and (wrong := check(value)):
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
            raise InputError(f"{name}={shown}: {wrong}")


def _parts(name: str, model: ModelConfig) -> list[str]:
    """Returns the parts that an entry of `model.private` denotes."""
    found = re.fullmatch(r"lowest_(\d{1,4})/(\d{1,4})", name)
    if not found:
        return [name]
    private = math.floor(model.layers * int(found[1]) / max(int(found[2]), 1) + 0.5)
    require(
        0 < private < model.layers,
        f"config.model.private={name}: {private} of config.model.layers={model.layers}; some of "
        "the layers must be private and some shared",
    )
    return [f"layer_{i}" for i in range(1, private + 1)]


def _check_together(config: Config) -> None:
    model, training = config.model, config.training
    require(
        model.width % model.heads == 0,
        f"config.model.heads={model.heads}: does not divide config.model.width={model.width}",
    )
    require(
        training.length <= model.max_positions,
        f"config.training.length={training.length}: longer than "
        f"config.model.max_positions={model.max_positions}",
    )
    require(
        not training.short_steps or training.length % training.short_length == 0,
        f"config.training.short_length={training.short_length}: does not divide "
        f"config.training.length={training.length}",
    )
    for name in training.languages:
        require(
            name in config.languages,
            f"config.training.languages={','.join(training.languages)}: {name!r} is not one of "
            f"config.languages={','.join(config.languages)}",
        )
    _check_private(config)
    _check_beginning(config)
    check_data(config)
    _check_finetuning(config)
    _check_mesh(config)
    _check_needs(config)


def _check_mesh(config: Config) -> None:
    model, mesh = config.model, config.mesh
    for field, size, axis, devices in (
        ("width", model.width, "fsdp", mesh.fsdp),
        ("heads", model.heads, "tensor", mesh.tensor),
        ("mlp", model.mlp, "tensor", mesh.tensor),
    ):
        require(
            size % devices == 0,
            f"config.model.{field}={size}: not divisible by config.mesh.{axis}={devices}",
        )
    split = max(mesh.data, 1) * mesh.fsdp
    require(
        config.training.groups % split == 0,
        f"config.training.groups={config.training.groups}: not divisible by config.mesh.data x "
        f"config.mesh.fsdp, {split}",
    )


def _check_needs(config: Config) -> None:
    """Refuses fields without the ones that give them effect."""
    have_all_ids = config.vocabulary.kind == "joint" and not any(
        "shift" in derivations(name) for name in config.languages
    )
    for name, asked in (
        ("training.replace_by_own_ids", config.training.replace_by_own_ids),
        ("model.predict_own_ids", config.model.predict_own_ids),
    ):
        require(
            not (asked and have_all_ids),
            f"config.{name}: with config.vocabulary.kind=joint every language has all ids",
        )
    require(
        bool(config.data.pairs) or not config.training.pair_control,
        f"config.training.pair_control={config.training.pair_control}: has no effect without "
        "config.data.pairs",
    )
    steps, short = config.training.steps, config.training.short_steps
    require(
        not config.data.pairs or round(max(steps - short, 0) * config.training.pair_share) > 0,
        f"config.data.pairs={config.data.pairs}: no step reads them: of config.training.steps="
        f"{steps}, {short} are short, and config.training.pair_share of the others is none",
    )
    require(
        config.data.pairs != 1 or config.training.pair_control != "shuffled",
        "config.training.pair_control=shuffled: a single pair (config.data.pairs=1) has no other "
        "translation",
    )
    contextual = config.evaluation.contextual
    require(
        bool(contextual.bitext) or not contextual.links,
        "config.evaluation.contextual.links: has no effect without the bitext that it aligns",
    )


def _check_private(config: Config) -> None:
    model = config.model
    layers = _layers(model)
    for name in model.private:
        require(
            name in ("embeddings", *IN_EMBEDDINGS, *layers),
            f"config.model.private={name}: no such part; this model has embeddings and "
            f"{_shorten(layers)}, and in the embeddings {' and '.join(IN_EMBEDDINGS)}",
        )
        require(
            name not in IN_EMBEDDINGS or "embeddings" not in model.private,
            f"config.model.private={name}: private embeddings have their own {name} already",
        )
    require(
        "positions" not in model.private or model.positions == "learned",
        f"config.model.private=positions: with config.model.positions={model.positions} nothing "
        "about them is learnt",
    )
    grouped = [language for group in model.private_groups for language in group.split("+")]
    for language in grouped:
        require(
            language in config.languages,
            f"config.model.private_groups: {language!r} is not one of config.languages="
            f"{','.join(config.languages)}",
        )
        require(
            grouped.count(language) == 1,
            f"config.model.private_groups: {language} stands in two groups",
        )
    require(
        not grouped or bool(model.private),
        "config.model.private_groups: nothing is private; name parts as config.model.private",
    )
    require(
        not model.predict_own_ids or bool(model.private),
        "config.model.predict_own_ids: nothing is private, so all ids are every language's own; "
        "name parts as config.model.private",
    )


def _check_beginning(config: Config) -> None:
    training, model = config.training, config.model
    known = [
        "embeddings",
        *(name for name in IN_EMBEDDINGS if name in model.private),
        *_layers(model),
        *(["language"] if model.language_embeddings else []),
        *(["transform"] if model.output_transform else []),
    ]
    for name in training.trainable:
        require(
            name in known,
            f"config.training.trainable={name}: no such part; this model has {' '.join(known)}",
        )
    if training.init_from:
        user_path(training.init_from, "config.training.init_from")


def _check_finetuning(config: Config) -> None:
    finetuning, usual = config.evaluation.finetuning, FinetuningConfig()
    known = f"this model knows {', '.join(config.languages)}"
    for name in (finetuning.source, *finetuning.targets):
        field = "source" if name == finetuning.source else "targets"
        require(
            not name or name in config.languages,
            f"config.evaluation.finetuning.{field}={name}: {known}",
        )
    layers = _layers(config.model)
    for name in finetuning.reinitialise:
        field = f"config.evaluation.finetuning.reinitialise={name}"
        require(
            name in ("embeddings", *layers),
            f"{field}: no such part; this model has embeddings and {_shorten(layers)}",
        )
        require(name not in config.model.private, f"{field}: it is private, and not fine-tuned")
    for name in ("teacher_weight", "temperature", "then_gold", "permute_teacher"):
        require(
            bool(finetuning.teacher) or getattr(finetuning, name) == getattr(usual, name),
            f"config.evaluation.finetuning.{name}: has no effect without a teacher; name one as "
            "config.evaluation.finetuning.teacher",
        )
    require(
        not (finetuning.teacher and finetuning.label_smoothing),
        "config.evaluation.finetuning.label_smoothing: is a control without a teacher; leave "
        "config.evaluation.finetuning.teacher out",
    )


def _layers(model: ModelConfig) -> list[str]:
    return [f"layer_{i}" for i in range(1, model.layers + 1)]


def _shorten(names: Iterable[str]) -> str:
    names = list(names)
    return " ".join(names) if len(names) < 4 else f"{names[0]} ... {names[-1]}"

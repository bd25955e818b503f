"""Checks a configuration as a whole, once, before anything else runs."""

import dataclasses
import math
import re
from collections.abc import Iterable
from typing import Any, get_args, get_type_hints

from mlm_xling.config.contamination import parse_contamination
from mlm_xling.config.fields import IN_EMBEDDINGS, TFDS, Config, ModelConfig
from mlm_xling.config.limits import check_of
from mlm_xling.errors import InputError
from mlm_xling.languages import derivations, text_language, underived
from mlm_xling.paths import require_characters, user_path


def resolve(config: Config) -> Config:
    """Returns a checked copy of the configuration that says everything in full.

    Lists from the command line are split at commas: the flags library hands
    `--config.languages=en,fr` over as `('en,fr',)`. `lowest_<share>` becomes the layers it means.
    `data.contamination` names whose lines it replaces.

    Raises:
      InputError: names the first field that is wrong, and what would be right.
    """
    config = _split_lists(config, "config")
    _check_fields(config, "config")
    private = tuple(part for name in config.model.private for part in _parts(name, config.model))
    model = dataclasses.replace(config.model, private=tuple(dict.fromkeys(private)))
    replaced = parse_contamination(config.data.contamination, config.languages[0])
    data = dataclasses.replace(config.data, contamination=str(replaced or ""))
    config = dataclasses.replace(config, model=model, data=data)
    _check_together(config)
    return config


def _split_lists(config: Any, path: str) -> Any:
    changes = {}
    hints = get_type_hints(type(config))
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if dataclasses.is_dataclass(value):
            changes[item.name] = _split_lists(value, f"{path}.{item.name}")
        elif isinstance(value, tuple | list):
            kind = get_args(hints[item.name])[0]
            changes[item.name] = _split(value, kind, f"{path}.{item.name}")
    return dataclasses.replace(config, **changes)


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
    """The parts that an entry of `model.private` means."""
    found = re.fullmatch(r"lowest_(\d{1,4})/(\d{1,4})", name)
    if not found:
        return [name]
    private = math.floor(model.layers * int(found[1]) / max(int(found[2]), 1) + 0.5)
    _require(
        0 < private < model.layers,
        f"config.model.private={name}: {private} of config.model.layers={model.layers}; some of "
        "the layers must be private and some shared",
    )
    return [f"layer_{i}" for i in range(1, private + 1)]


def _check_together(config: Config) -> None:
    model, training, mesh = config.model, config.training, config.mesh
    _require(
        model.width % model.heads == 0,
        f"config.model.heads={model.heads}: does not divide config.model.width={model.width}",
    )
    _require(
        training.length <= model.max_positions,
        f"config.training.length={training.length}: longer than "
        f"config.model.max_positions={model.max_positions}",
    )
    _require(
        not training.short_steps or training.length % training.short_length == 0,
        f"config.training.short_length={training.short_length}: does not divide "
        f"config.training.length={training.length}",
    )
    for name in training.languages:
        _require(
            name in config.languages,
            f"config.training.languages={','.join(training.languages)}: {name!r} is not one of "
            f"config.languages={','.join(config.languages)}",
        )
    _check_private(config)
    _check_beginning(config)
    _check_sources(config)
    _check_contamination(config)
    for field, size, axis, devices in (
        ("width", model.width, "fsdp", mesh.fsdp),
        ("heads", model.heads, "tensor", mesh.tensor),
        ("mlp", model.mlp, "tensor", mesh.tensor),
    ):
        _require(
            size % devices == 0,
            f"config.model.{field}={size}: not divisible by config.mesh.{axis}={devices}",
        )
    split = max(mesh.data, 1) * mesh.fsdp
    _require(
        training.groups % split == 0,
        f"config.training.groups={training.groups}: not divisible by config.mesh.data x "
        f"config.mesh.fsdp, {split}",
    )
    _require(
        not config.evaluation.during_pretraining
        or bool(config.data.parallel)
        or config.data.source == "lab",
        "config.data.parallel: config.evaluation.during_pretraining needs parallel sentences",
    )
    _require(
        not training.replace_by_own_ids
        or config.vocabulary.kind != "joint"
        or any("shift" in derivations(name) for name in config.languages),
        "config.training.replace_by_own_ids: with config.vocabulary.kind=joint every language has "
        "all ids",
    )
    contextual = config.evaluation.contextual
    _require(
        bool(contextual.bitext) or not contextual.links,
        "config.evaluation.contextual.links: says nothing without the bitext that it aligns",
    )


def _check_private(config: Config) -> None:
    model = config.model
    layers = [f"layer_{i}" for i in range(1, model.layers + 1)]
    for name in model.private:
        _require(
            name in ("embeddings", *IN_EMBEDDINGS, *layers),
            f"config.model.private={name}: no such part; this model has embeddings and "
            f"{_shorten(layers)}, and in the embeddings {' and '.join(IN_EMBEDDINGS)}",
        )
        _require(
            name not in IN_EMBEDDINGS or "embeddings" not in model.private,
            f"config.model.private={name}: private embeddings have their own {name} already",
        )
    _require(
        "positions" not in model.private or model.positions == "learned",
        f"config.model.private=positions: with config.model.positions={model.positions} nothing "
        "about them is learnt",
    )
    grouped = [language for group in model.private_groups for language in group.split("+")]
    for language in grouped:
        _require(
            language in config.languages,
            f"config.model.private_groups: {language!r} is not one of config.languages="
            f"{','.join(config.languages)}",
        )
        _require(
            grouped.count(language) == 1,
            f"config.model.private_groups: {language} stands in two groups",
        )
    _require(
        not grouped or bool(model.private),
        "config.model.private_groups: nothing is private; name parts as config.model.private",
    )
    _require(
        not model.predict_own_ids or bool(model.private),
        "config.model.predict_own_ids: nothing is private, so all ids are every language's own; "
        "name parts as config.model.private",
    )


def _check_beginning(config: Config) -> None:
    training, model = config.training, config.model
    known = [
        "embeddings",
        *(name for name in IN_EMBEDDINGS if name in model.private),
        *(f"layer_{i}" for i in range(1, model.layers + 1)),
    ]
    for name in training.trainable:
        _require(
            name in known,
            f"config.training.trainable={name}: no such part; this model has {' '.join(known)}",
        )
    if training.init_from:
        user_path(training.init_from, "config.training.init_from")


def _check_sources(config: Config) -> None:
    data, read = config.data, set(map(underived, config.languages))
    for entry in data.sources:
        language, _, source = entry.partition(":")
        _require(
            language in read and bool(source),
            f"config.data.sources={entry}: say <language>:<source>, such as fr:c4 or "
            f"fr:crawl/fr.txt; the language must be one of {','.join(sorted(read))}",
        )
        user_path(source, f"config.data.sources={language}")
    named = [entry.partition(":")[0] for entry in data.sources]
    for language in named:
        _require(
            named.count(language) == 1,
            f"config.data.sources={','.join(data.sources)}: {language} stands twice",
        )
    elsewhere = set(named)
    _require(
        data.source != "text" or bool(data.text_dir or config.origin) or elsewhere == read,
        "config.data.text_dir: say where the text files <lang>.txt are",
    )
    for name in config.languages if data.source == "lab" else ():
        _require(
            text_language(name) in config.lab.languages,
            f"config.languages={name}: not among config.lab.languages="
            f"{','.join(config.lab.languages)}",
        )
    for name in config.lab.web:
        _require(
            name in config.lab.languages,
            f"config.lab.web={name}: not among config.lab.languages="
            f"{','.join(config.lab.languages)}",
        )
    for name in (part for entry in config.lab.cognates for part in entry.split(":")[:2]):
        _require(
            name in config.lab.languages,
            f"config.lab.cognates={','.join(config.lab.cognates)}: {name} is not among "
            f"config.lab.languages={','.join(config.lab.languages)}",
        )
    _require(
        not data.code_switching.probability or bool(data.dictionary) or data.source not in TFDS,
        "config.data.dictionary: config.data.code_switching needs translations",
    )
    if data.disjoint_documents:
        _check_disjoint(config)
    _check_finetuning(config)


def _check_disjoint(config: Config) -> None:
    data, field = config.data, "config.data.disjoint_documents"
    _require(
        bool(data.parallel) or data.source == "lab",
        f"{field}: config.data.parallel must tell which documents are translations",
    )
    elsewhere = dict(entry.split(":", 1) for entry in data.sources)
    for language in config.languages:
        _require(
            not derivations(language),
            f"{field}: it knows nothing of languages that are derived, like {language}",
        )
        source = elsewhere.get(underived(language), data.source)
        _require(
            source not in TFDS,
            f"{field}: deals the documents of text files, and the text of {language} is {source}",
        )


def _check_contamination(config: Config) -> None:
    data = config.data
    found = parse_contamination(data.contamination, config.languages[0])
    if found is None:
        return
    field = f"config.data.contamination={found}"
    for name in (found.donor, found.recipient):
        _require(
            name in config.languages,
            f"{field}: {name!r} is not one of config.languages={','.join(config.languages)}; "
            "config.training.languages says which of them are trained on",
        )
    _require(
        text_language(found.donor) != text_language(found.recipient),
        f"{field}: both are one text; another language must give the lines",
    )
    for name, used in (
        ("equal_size", bool(data.equal_size)),
        ("code_switching", bool(data.code_switching.probability)),
    ):
        _require(not used, f"{field}: does not go with config.data.{name}; leave one out")


def _check_finetuning(config: Config) -> None:
    finetuning = config.evaluation.finetuning
    known = f"this model knows {', '.join(config.languages)}"
    for name in (finetuning.source, *finetuning.targets):
        field = "source" if name == finetuning.source else "targets"
        _require(
            not name or name in config.languages,
            f"config.evaluation.finetuning.{field}={name}: {known}",
        )
    layers = [f"layer_{i}" for i in range(1, config.model.layers + 1)]
    for name in finetuning.reinitialise:
        field = f"config.evaluation.finetuning.reinitialise={name}"
        _require(
            name in ("embeddings", *layers),
            f"{field}: no such part; this model has embeddings and {_shorten(layers)}",
        )
        _require(name not in config.model.private, f"{field}: it is private, and not fine-tuned")


def _shorten(names: Iterable[str]) -> str:
    names = list(names)
    return " ".join(names) if len(names) < 4 else f"{names[0]} ... {names[-1]}"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InputError(message)

"""Checks a configuration as a whole, once, before anything else runs."""

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Any, get_args, get_type_hints

from mlm_xling.config import Config
from mlm_xling.data.sources import TFDS
from mlm_xling.errors import InputError
from mlm_xling.stored_config import fields

SOURCES = ("text", "lab", *TFDS)
SPECIALS = 14


def resolve(config: Config) -> Config:
    """A checked copy of the configuration, lists from the command line split at commas.

    The flags library hands `--config.languages=en,fr` over as `('en,fr',)`.

    Raises:
      InputError: names the first field that is wrong, and what would be right.
    """
    config = _split_lists(config, "config")
    for name, value in fields(config):
        _check_field(name, value)
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


def _positive(value: Any) -> str | None:
    return None if value > 0 else "must be positive"


def _not_negative(value: Any) -> str | None:
    return None if value >= 0 else "must not be negative"


def _share(value: Any) -> str | None:
    return None if 0 <= value < 1 else "must be at least 0 and less than 1"


def _one_of(*known: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in known else f"must be one of {', '.join(known)}"


def _mesh_axis(value: Any) -> str | None:
    return None if value > 0 or value == -1 else "must be positive, or -1 for the rest"


def _languages(value: Any) -> str | None:
    if not value:
        return "needs at least one language"
    for language in value:
        if not re.fullmatch(r"[a-z]{1,3}(_[a-z]+)?[2-9]?", language):
            return f"{language!r} is not a language code like en or fr (in the lab: a or b)"
        if value.count(language) > 1:
            return f"{language} stands twice"
    return None


def _lab_languages(value: Any) -> str | None:
    if wrong := _languages(value):
        return wrong
    odd = [language for language in value if not re.fullmatch(r"[a-z]{1,2}", language)]
    return f"{odd[0]!r} is not a code of one or two letters like a or b" if odd else None


def _all_positive(value: Any) -> str | None:
    return None if value and min(value) > 0 else "needs positive numbers"


def _of_tasks() -> dict[str, Callable[[Any], str | None]]:
    checks = {
        "batch_sizes": _all_positive,
        "learning_rates": _all_positive,
        "head_learning_rates": lambda value: _all_positive(value) if value else None,
        "schedule": _one_of("linear", "constant"),
        "warmup": _share,
        "epochs": _positive,
        "epoch_examples": _not_negative,
    }
    return {
        f"evaluation.{task}.{name}": check
        for task in ("nli", "ner", "parsing")
        for name, check in checks.items()
    }


CHECKS: dict[str, Callable[[Any], str | None]] = {
    "languages": _languages,
    "data.source": _one_of(*SOURCES),
    "data.equal_size": lambda unit: unit and _one_of("sentences", "tokens")(unit),
    "data.code_switching.probability": _share,
    "data.code_switching.cap": _share,
    "data.code_switching.versions": _positive,
    "data.shuffle": _one_of("documents", "lines"),
    "data.dev_fraction": _share,
    "data.sampling_exponent": _not_negative,
    "lab.languages": _lab_languages,
    "lab.seed": _not_negative,
    "lab.sentences": _positive,
    "lab.parallel_rows": _positive,
    "lab.anchors": lambda share: None if 0 <= share <= 1 else "must be from 0 to 1",
    "lab.variants": _positive,
    "lab.names": _positive,
    "lab.labelled": _positive,
    "vocabulary.kind": _one_of("joint", "union", "disjoint"),
    "vocabulary.size": lambda size: None if size > SPECIALS else f"must be more than {SPECIALS}",
    "vocabulary.training_lines": _positive,
    "model.layers": _positive,
    "model.heads": _positive,
    "model.width": _positive,
    "model.mlp": _positive,
    "model.dropout": _share,
    "model.attention_dropout": _share,
    "model.max_positions": _positive,
    "model.positions": _one_of("learned", "sinusoidal"),
    "model.dtype": _one_of("auto", "float32", "bfloat16"),
    "optimizer.learning_rate": _positive,
    "optimizer.schedule": _one_of("inverse_sqrt", "cosine"),
    "optimizer.warmup_steps": _not_negative,
    "optimizer.beta1": _share,
    "optimizer.beta2": _share,
    "optimizer.eps": _positive,
    "optimizer.weight_decay": _not_negative,
    "optimizer.clip_norm": _positive,
    "training.steps": _positive,
    "training.groups": _positive,
    "training.batch_size": _positive,
    "training.length": lambda length: None if length > 1 else "must be at least 2",
    "training.short_steps": _not_negative,
    "training.short_length": lambda length: None if length > 1 else "must be at least 2",
    "training.seed": _not_negative,
    "training.log_every": _positive,
    "training.checkpoint_every": _positive,
    "training.evaluate_every": _positive,
    "mesh.data": _mesh_axis,
    "mesh.fsdp": _positive,
    "mesh.tensor": _positive,
    "evaluation.pairs": lambda pairs: None if pairs > 3 else "must be at least 4",
    "evaluation.fit_pairs": _positive,
    "evaluation.resamples": _not_negative,
    "evaluation.lexicon.train_words": _positive,
    "evaluation.lexicon.test_words": _positive,
    "evaluation.lexicon.words": _positive,
    "evaluation.lexicon.sentences": _positive,
    "evaluation.contextual.pairs": _positive,
    "evaluation.dev_chunks": _positive,
    "evaluation.finetuning.targets": lambda value: _languages(value) if value else None,
    "evaluation.finetuning.clip_norm": _positive,
    "evaluation.finetuning.windows": _positive,
    "evaluation.finetuning.buckets": _positive,
    **_of_tasks(),
}
"""What is wrong with a value of a field, or None."""


def _check_field(name: str, value: Any) -> None:
    wrong = CHECKS.get(name, lambda _: None)(value)
    if wrong:
        shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
        raise InputError(f"config.{name}={shown}: {wrong}")


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
    _check_private(config)
    _check_sources(config)
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
            name in ("embeddings", *layers),
            f"config.model.private={name}: no such part; this model has embeddings and "
            f"{_shorten(layers)}",
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


def _check_sources(config: Config) -> None:
    data = config.data
    for entry in data.sources:
        language, _, source = entry.partition(":")
        _require(
            language in config.languages and bool(source),
            f"config.data.sources={entry}: must be <language>:<source>, the language one of "
            f"{','.join(config.languages)}",
        )
    elsewhere = {entry.partition(":")[0] for entry in data.sources}
    _require(
        data.source != "text" or bool(data.text_dir) or elsewhere == set(config.languages),
        "config.data.text_dir: say where the text files <lang>.txt are",
    )
    for name in config.languages if data.source == "lab" else ():
        _require(
            name.rstrip("23456789") in config.lab.languages,
            f"config.languages={name}: not among config.lab.languages="
            f"{','.join(config.lab.languages)}",
        )
    for name in config.lab.web:
        _require(
            name in config.lab.languages,
            f"config.lab.web={name}: not among config.lab.languages="
            f"{','.join(config.lab.languages)}",
        )
    _require(
        config.row != "wiki_cc" or data.source != "text" or bool(data.sources),
        "config.data.sources: row wiki_cc takes a language from another source, such as fr:c4 or "
        "fr:crawl/fr.txt",
    )
    _require(
        not data.code_switching.probability or bool(data.dictionary) or data.source not in TFDS,
        "config.data.dictionary: config.data.code_switching needs translations",
    )
    _check_finetuning(config)


def _check_finetuning(config: Config) -> None:
    finetuning = config.evaluation.finetuning
    known = f"this model knows {', '.join(config.languages)}"
    for name in (finetuning.source, *finetuning.targets):
        field = "source" if name == finetuning.source else "targets"
        _require(
            not name or name in config.languages,
            f"config.evaluation.finetuning.{field}={name}: {known}",
        )


def _shorten(names: Iterable[str]) -> str:
    names = list(names)
    return " ".join(names) if len(names) < 4 else f"{names[0]} ... {names[-1]}"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InputError(message)

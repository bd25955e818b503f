"""What a single field of the configuration may hold."""

import re
from collections.abc import Callable
from typing import Any

from mlm_xling.data.sources import TFDS
from mlm_xling.vocabulary import SPECIALS

SOURCES = ("text", "lab", *TFDS)


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

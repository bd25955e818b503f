"""Sizes that describe a run, next to its results: parameters, tokens, anchor points.

Parameters are those of the encoder, including private ones of all owners. Shared types are ids that
occur in the training text of the source and of another language; shared tokens are the running
tokens of either language with an id that another language also has.
"""

import math
from collections.abc import Iterator

import jax
from flax import nnx

from mlm_xling.data.manifest import read_manifest
from mlm_xling.data.pairs import paired_steps
from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.subject import Subject
from mlm_xling.model.sharing import is_private
from mlm_xling.results import TRAINED, Result

NAME = "description"


def describe(subject: Subject) -> list[Result]:
    """Counts, for each target, parameters, training tokens, and anchor points of its text.

    There are no results for random encoders or for two encoders, and no anchor points if the
    prepared text no longer exists.
    """
    config = subject.config
    if subject.model != TRAINED or not subject.together:
        return []
    counts = {**_parameters(subject), "trained_tokens": _trained_tokens(subject)}
    source, *targets = config.languages
    return [
        subject.result(NAME, metric, (source, target), None, value, n=int(value), seen=None)
        for target in targets
        for metric, value in {**counts, **dict(_anchors(subject, source, target))}.items()
    ]


def _trained_tokens(subject: Subject) -> float:
    """Counts the tokens of the checkpoint's steps, excluding padding of sentence pairs."""
    config, pretrained = subject.config, subject.source.pretrained
    training, place, steps = config.training, pretrained.data_dir, float(pretrained.step)
    if config.data.pairs and place is not None:
        read = read_manifest(place).pairs_of(config.trained_languages)
        padding = sum(record.padding(training.length) for record in read) / len(read)
        steps -= paired_steps(config, pretrained.step) * padding
    return round(steps * training.tokens_per_step, 0)


def _parameters(subject: Subject) -> dict[str, float]:
    params = nnx.to_pure_dict(nnx.state(subject.source.pretrained.module))
    sizes = {"parameters_shared": 0, "parameters_private": 0}
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        owner = "private" if is_private(path) else "shared"
        sizes[f"parameters_{owner}"] += math.prod(leaf.shape)
    return {name: float(size) for name, size in sizes.items()}


def _anchors(subject: Subject, source: str, target: str) -> Iterator[tuple[str, float]]:
    if (place := subject.source.pretrained.data_dir) is None:
        return
    records = read_manifest(place).languages
    yield "shared_types", float(records[target].anchors.shared_types)
    for side, language in (("source", source), ("target", target)):
        yield f"shared_tokens_{side}", records[language].anchors.shared_tokens


def _told(title: str, percent: bool = False) -> Metric:
    return Metric(title, percent=percent, ranked=False, baseline=True)


EVALUATOR = Evaluator(
    NAME,
    describe,
    {
        "parameters_shared": _told("shared parameters"),
        "parameters_private": _told("private parameters"),
        "trained_tokens": _told("tokens trained on"),
        "shared_types": _told("shared types"),
        "shared_tokens_source": _told("shared tokens, {source}", percent=True),
        "shared_tokens_target": _told("shared tokens, {target}", percent=True),
    },
    reads_parameters=True,
)

"""The registry of evaluators, and functions to run them.

To add an evaluator, write `probes/<name>.py` ending with its descriptor, and add the name to
`PROBES`. To add a fine-tuning task, write `finetuning/tasks/<name>.py` and add it to
`config/tasks.py`; if it labels words, it is also an evaluator of frozen layers
(`probes/contextual_heads.py`).
"""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from mlm_xling.config import Config, TasksConfig
from mlm_xling.errors import InputError, require_list
from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.finetuning.evaluator import finetuner
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.inputs.loading import Inputs, Need
from mlm_xling.evaluation.probes.contextual_heads import head_evaluator
from mlm_xling.evaluation.probes.correlation import METRICS as OF_CORRELATION
from mlm_xling.evaluation.probes.correlation import correlate
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.outside import OutsideEncoder
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.open_progress import OpenProgress
from mlm_xling.results import RANDOM, RANDOM_TARGET, TRAINED, Result

PROBES = (
    "cka",
    "similarity",
    "retrieval",
    "lexicon",
    "contextual",
    "language_identity",
    "language_similarity",
    "perplexity",
    "description",
)
"""Evaluators of frozen encoders, by file name."""
UNTRAINED = "untrained"
MODELS = (TRAINED, UNTRAINED)
"""Which encoders of a run can be measured, separately or together."""

_PACKAGE = __package__
TASKS: dict[str, Task] = {
    field.name: import_module(f"{_PACKAGE}.finetuning.tasks.{field.name}").TASK
    for field in dataclasses.fields(TasksConfig)
}
EVALUATORS: dict[str, Evaluator] = {
    evaluator.name: evaluator
    for evaluator in (
        *(import_module(f"{_PACKAGE}.probes.{name}").EVALUATOR for name in PROBES),
        *(head_evaluator(task) for task in TASKS.values() if task.on_layers),
        *(finetuner(task) for task in TASKS.values()),
    )
}


def metrics_by_name(evaluators: Iterable[Evaluator]) -> dict[str, Metric]:
    """Returns the metrics of evaluators, in table order.

    Raises:
      InputError: two evaluators use the same name for a metric or a curve. Reports look them up by
        name and would average them; fine-tuned tasks have their own tables.
    """
    owners: dict[str, Evaluator] = {}
    metrics: dict[str, Metric] = {}
    for evaluator in evaluators:
        for name, metric in evaluator.metrics.items():
            for what in filter(None, (name, metric.curve)):
                owner = owners.setdefault(what, evaluator)
                tasks = {owner.name, evaluator.name} <= set(TASKS)
                if owner is not evaluator and not (tasks and metrics[name] == metric):
                    raise InputError(
                        f"evaluator {evaluator.name!r}: its metric {name!r} takes the name "
                        f"{what!r} of {owner.name!r}; rename it"
                    )
            metrics[name] = metric
    return metrics


METRICS: Mapping[str, Metric] = metrics_by_name(EVALUATORS.values()) | OF_CORRELATION
"""All metrics, in table order."""


def find_evaluators(names: Iterable[str | Evaluator], *, trains: bool = True) -> list[Evaluator]:
    """Returns evaluators by name; `Evaluator` objects are returned as they are.

    Duplicates are removed.

    Args:
      trains: whether to allow evaluators that train something.

    Raises:
      InputError: an unknown name (the message lists the known ones), an evaluator whose metrics
        have the names of another's, or a string instead of a list.
    """
    require_list(names, "evaluators")
    known = {name: e for name, e in EVALUATORS.items() if trains or not e.trains}
    names = list(names)
    for name in names:
        if not isinstance(name, Evaluator) and not (isinstance(name, str) and name in known):
            raise InputError(f"unknown evaluator {name!r}; known are {', '.join(known)}")
    found = [known[name] if isinstance(name, str) else name for name in names]
    chosen = {evaluator.name: evaluator for evaluator in found}
    metrics_by_name((EVALUATORS | chosen).values())
    return list(chosen.values())


def find_models(names: Collection[str]) -> Collection[str]:
    """Validates which encoders of a run are to be measured.

    Raises:
      InputError: empty, not in `MODELS`, or a string instead of a list.
    """
    require_list(names, "models")
    unknown = [name for name in names if name not in MODELS]
    if unknown or not names:
        asked = repr(unknown[0]) if unknown else "nothing"
        raise InputError(f"models: {asked} is asked for; there are {', '.join(MODELS)}")
    return names


def read_inputs(
    evaluators: Sequence[Evaluator],
    source: Pretrained,
    target: Pretrained,
    given: Mapping[Need, Any] | None = None,
) -> Inputs:
    """Reads all inputs of evaluators for two models, or for the same one twice.

    Args:
      given: inputs that are already available, by need.

    Raises:
      InputError: the models cannot be compared, or a file is missing or damaged.
    """
    for model in (source, target):
        if isinstance(model.encoder, OutsideEncoder):
            _require_states_enough(evaluators)
    taught = next((one for one in evaluators if one.taught), None)
    if taught and source is not target:
        raise InputError(
            f"evaluator {taught.name!r}: fine-tunes one encoder and would ignore the second"
        )
    inputs = Inputs(source, target, given)
    for need in (*_first_needs(evaluators), *_all_needs(evaluators)):
        inputs[need]
    return inputs


def _require_states_enough(evaluators: Sequence[Evaluator]) -> None:
    for one in evaluators:
        if one.trains or one.reads_parameters:
            raise InputError(
                f"evaluator {one.name!r}: needs more of an encoder than hidden states, which are "
                "all that transformers:<folder> gives; hf:<folder> gives more, of the families "
                "that it reads"
            )


def require_inputs(evaluators: Sequence[Evaluator], config: Config) -> None:
    """Checks the inputs of a model that is yet to be trained, without its text.

    Raises:
      InputError: a file is missing or damaged, or does not suit the languages.
    """
    not_yet: Any = None
    model = Pretrained(config, vocabulary=not_yet, encoder=not_yet, step=0, data_dir=None)
    inputs = Inputs(model, model)
    for need in _first_needs(evaluators):
        inputs[need]


def _first_needs(evaluators: Sequence[Evaluator]) -> list[Need]:
    """Returns the needs that are quick to check."""
    return [need for one in evaluators for need in one.checks or one.needs]


def _all_needs(evaluators: Sequence[Evaluator]) -> list[Need]:
    return [need for evaluator in evaluators for need in evaluator.needs]


def measure(evaluators: Sequence[Evaluator], subject: Subject) -> list[Result]:
    """Runs evaluators one after the other, and correlates their results."""
    return list(itertools.chain.from_iterable(measure_each(evaluators, subject)))


def measure_each(evaluators: Sequence[Evaluator], subject: Subject) -> Iterator[list[Result]]:
    """Yields the results of each evaluator as it finishes, then their correlations."""
    results = []
    for evaluator in evaluators:
        with _shown(evaluator, subject):
            measured = evaluator.measure(subject)
        results += measured
        yield measured
    yield correlate(results)


@contextlib.contextmanager
def _shown(evaluator: Evaluator, subject: Subject) -> Iterator[None]:
    """Shows progress of an evaluator, unless it trains, which reports its own progress."""
    if subject.brief or evaluator.trains:
        yield
        return
    what, silent = f"{evaluator.name}  {subject.model}", subject.come_to
    with OpenProgress(what) as progress:
        subject.come_to = lambda pair: progress.show(f"{what}  {pair}")
        try:
            yield
        finally:
            subject.come_to = silent


def probe_maker(names: Iterable[str]) -> Callable[[Pretrained], Callable[[Pretrained], list]]:
    """Returns a `make_probe` for `training.loop.train` from names of evaluators.

    Raises:
      InputError: a name is not that of an evaluator of frozen encoders.
    """
    evaluators = find_evaluators(names, trains=False)

    def make_probe(model: Pretrained) -> Callable[[Pretrained], list[Result]]:
        inputs = read_inputs(evaluators, model, model)

        def probe(trained: Pretrained) -> list[Result]:
            encoder = FrozenEncoder(trained)
            return measure(evaluators, Subject(encoder, encoder, inputs, brief=True))

        return probe

    return make_probe


def subjects(
    source: FrozenEncoder,
    target: FrozenEncoder,
    inputs: Inputs,
    evaluators: Sequence[Evaluator],
    workdir: Path | None,
    models: Collection[str] = MODELS,
) -> Iterator[tuple[Subject, list[Evaluator]]]:
    """Yields the subjects to evaluate, each with its evaluators.

    First come the trained encoders, then untrained ones, then the trained source with a random
    target. Of two encoders, the random target has a seed that neither has. The last subject has no
    folder, so evaluators that train something are not run on it.

    Args:
      models: which of `MODELS`; `untrained` includes the random encoders and, with the first
        subject, the baselines that need no encoder.
    """
    together, beside = source is target, UNTRAINED in models
    if TRAINED in models:
        trained = Subject(source, target, inputs, workdir=workdir, baselines=beside)
        yield trained, list(evaluators)
    if not beside:
        return
    seed, other_seed = (side.pretrained.config.training.seed for side in (source, target))
    random = FrozenEncoder(_untrained(source.pretrained, seed))
    other = FrozenEncoder(_untrained(target.pretrained, max(seed, other_seed) + 1))
    untrained = Subject(
        random, random if together else other, inputs, model=RANDOM, workdir=workdir,
        baselines=TRAINED not in models,
    )  # fmt: skip
    yield untrained, list(evaluators)
    half = [evaluator for evaluator in evaluators if evaluator.half_random]
    assert not any(evaluator.trains for evaluator in half), "half-random encoders train nothing"
    if half:
        half_random = Subject(source, other, inputs, model=RANDOM_TARGET, baselines=False)
        yield half_random, half


def _untrained(model: Pretrained, seed: int) -> Pretrained:
    if isinstance(model.encoder, OutsideEncoder):
        return model._replace(encoder=model.encoder.untrained(seed), step=0)
    ids = language_ids(model.vocabulary, model.config)
    return model._replace(encoder=random_encoder(model.config, ids, seed), step=0)

"""Fine-tuning of one encoder on one task, with every setting of its grid in turn."""

import math
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from flax import nnx
from jaxtyping import PyTree

from mlm_xling.config import ModelConfig
from mlm_xling.errors import DivergedError
from mlm_xling.evaluation.finetuning.batching import batches, bucket_of
from mlm_xling.evaluation.finetuning.checkpoints import (
    DEV,
    Progress,
    Scores,
    SettingCheckpoints,
    best_params,
    damage_of_setting,
    finished,
    read_test,
    write_test,
)
from mlm_xling.evaluation.finetuning.examples import Example, Predictions, gather
from mlm_xling.evaluation.finetuning.grid import Setting, settings
from mlm_xling.evaluation.finetuning.job import Job, Split
from mlm_xling.evaluation.finetuning.step import (
    Rates,
    Reading,
    Recipe,
    TuneState,
    frozen_params,
    predict,
    start,
    train,
    trained_params,
)
from mlm_xling.evaluation.measures.ratio import Ratio
from mlm_xling.locks import lock_file, wait_for_writer
from mlm_xling.model.functions import all_finite, key_of

PREDICTED_AT_ONCE = 32
"""Number of examples."""
_are_finite = jax.jit(all_finite)
Say = Callable[[str], None]


class SettingResult(NamedTuple):
    """A setting and its results."""

    setting: Setting
    scores: Scores
    progress: Progress

    def dev_score(self, metric: str) -> float:
        """The source dev score of the selected epoch."""
        return self.scores[DEV][metric].value


def run_grid(
    job: Job,
    encoder: nnx.Module,
    model: ModelConfig,
    clip_norm: float,
    folder: Path,
    say: Say,
    after: Path | None = None,
) -> list[SettingResult]:
    """Fine-tunes with every setting; resumes if a previous process was killed.

    Waits for any other process that runs the same grid. Fine-tuned models are kept, so that for
    further test data nothing is trained again.

    The frozen part of a `Reader` is neither trained nor saved in checkpoints.

    Args:
      after: the folder of a finished grid, whose best parameters initialise each setting.

    Raises:
      DivergedError: a loss or a parameter is not finite.
    """
    head = make_head(job, model)
    reading = make_reading(job, encoder, head, clip_norm)
    chosen = settings(job.config)
    outcomes = []
    with lock_file(folder / ".lock", wait_for_writer(folder)):
        for number, setting in enumerate(chosen, 1):
            tell = partial(_say_where, say, f"{setting.name} ({number}/{len(chosen)})")
            place = folder / setting.name
            if problem := damage_of_setting(place):
                tell(f"warning: {problem}; this setting is trained again")
                shutil.rmtree(place)
            done = finished(place)
            if done is None:
                fresh = start(reading.recipe, encoder, head)
                if after is not None:
                    fresh = fresh._replace(params=best_params(after / setting.name, fresh.params))
                done = _run_setting(job, reading, setting, fresh, place, tell)
            dev, progress = done
            tests = _test(job, reading, place, trained_params(encoder, head), tell)
            outcomes.append(SettingResult(setting, {DEV: dev, **tests}, progress))
            tell(_summary(job, outcomes[-1]))
    return outcomes


def _say_where(say: Say, where: str, text: str) -> None:
    say(f"{where}  {text}")


def make_head(job: Job, model: ModelConfig) -> nnx.Module:
    """Creates the untrained head of a task, the same for the same seed."""
    return job.task.head(model, job.labels, nnx.Rngs(params=key_of(job.seed)))


def make_reading(job: Job, encoder: nnx.Module, head: nnx.Module, clip_norm: float) -> Reading:
    """Creates the `Reading` of a head on an encoder, or on a `Reader`."""
    graphs = nnx.graphdef(encoder), nnx.graphdef(head)
    recipe = Recipe(*graphs, job.config.schedule, job.config.warmup, clip_norm, job.objective)
    return Reading(recipe, frozen_params(encoder))


def _run_setting(
    job: Job, reading: Reading, setting: Setting, fresh: TuneState, folder: Path, say: Say
) -> tuple[dict[str, Ratio], Progress]:
    checkpoints = SettingCheckpoints(folder)
    state, progress = checkpoints.restore(fresh)
    if progress.epoch:
        say(f"resuming after epoch {progress.epoch}")
    while progress.epoch < job.config.epochs:
        began = time.monotonic()
        state, loss = _epoch(job, reading, setting, state, progress.epoch)
        if not (math.isfinite(loss) and _are_finite(state.params)):
            raise DivergedError(
                f"{setting.name}: epoch {progress.epoch + 1}: loss {loss:g} or parameters that are "
                f"not finite; lower config.evaluation.{job.task.name}.learning_rates or leave this "
                "one out: settings that are done are kept"
            )
        dev = score(job, reading, state.params, job.dev)
        progress.dev.append(dev[job.task.selection].value)
        progress.epoch += 1
        checkpoints.save(state, progress)
        say(
            f"epoch {progress.epoch}/{job.config.epochs}  loss {loss:.3f}  dev "
            f"{job.task.selection} {progress.dev[-1]:.1%}  {time.monotonic() - began:.0f} s"
        )
    dev = score(job, reading, best_params(folder, state.params), job.dev)
    checkpoints.finish(dev, progress)
    return dev, progress


def _test(job: Job, reading: Reading, folder: Path, like: PyTree, say: Say) -> Scores:
    """Returns a finished setting's scores on all test data, of which earlier ones are kept."""
    scores: Scores = {}
    best = None
    for name, split in job.tests.items():
        digest = split.digest()
        try:
            kept = read_test(folder, digest)
        except ValueError as error:
            say(f"warning: {error}; {name} is tested again")
            kept = None
        if kept is None:
            best = best_params(folder, like) if best is None else best
            kept = score(job, reading, best, split)
            write_test(folder, digest, kept)
        scores[name] = kept
    return scores


def _epoch(
    job: Job, reading: Reading, setting: Setting, state: TuneState, epoch: int
) -> tuple[TuneState, float]:
    """Trains one epoch; returns the mean loss. Order and dropout depend only on seed and epoch."""
    rng = np.random.default_rng((job.seed, epoch))
    examples = job.train.examples
    if job.config.epoch_examples:
        size = min(job.config.epoch_examples, len(examples))
        examples = [examples[i] for i in rng.choice(len(examples), size, replace=False)]
    updates = np.int32(job.config.epochs * _batch_count(job, examples, setting.batch_size))
    recipe, frozen = reading
    language = np.array([job.train.language], np.int32)
    rates = Rates(setting.learning_rate, setting.head_learning_rate)
    losses = []
    for numbers, batch in batches(examples, job.train.shapes, setting.batch_size, rng):
        if job.soft:
            batch = job.soft.added(batch, [examples[i] for i in numbers])
        state, loss = train(
            recipe, state, batch, language, rates, updates, np.int32(job.seed), frozen
        )
        losses.append(loss)
    return state, float(np.mean(jax.device_get(losses)))


def _batch_count(job: Job, examples: Sequence[Example], size: int) -> int:
    counts = dict.fromkeys(job.train.shapes, 0)
    for example in examples:
        counts[bucket_of(example, job.train.shapes)] += 1
    return sum(-(-count // size) for count in counts.values())


def predictions(job: Job, reading: Reading, params: PyTree, split: Split) -> Predictions:
    """Returns the fine-tuned model's predictions for every word of every sentence."""
    language = np.array([split.language], np.int32)
    of_example: list[np.ndarray] = [np.zeros(0)] * len(split.examples)
    for numbers, batch in batches(split.examples, split.shapes, PREDICTED_AT_ONCE):
        output = predict(reading.recipe, params, batch, language, reading.frozen)
        output = jax.device_get(output)
        for row, i in enumerate(numbers):
            words = len(split.examples[i].targets)
            of_example[i] = job.task.decode(output, row, words)
    return gather(split.examples, of_example, job.task.words(split.table))


def score(job: Job, reading: Reading, params: PyTree, split: Split) -> dict[str, Ratio]:
    """Computes all metrics of a fine-tuned model on a split."""
    said = predictions(job, reading, params, split)
    return job.task.scores(split.table, job.labels, said)


def _summary(job: Job, outcome: SettingResult) -> str:
    metric = job.task.selection
    tests = "  ".join(
        f"{name} {of_language[metric].value:.1%}"
        for name, of_language in outcome.scores.items()
        if name != DEV
    )
    return (
        f"best epoch {outcome.progress.best_epoch}: dev {metric} "
        f"{outcome.dev_score(metric):.1%}" + (f"; test {tests}" if tests else "")
    )

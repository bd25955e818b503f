"""A pretraining run from its configuration to its last checkpoint."""

import contextlib
import math
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import orbax.checkpoint as ocp
from jax.experimental import multihost_utils

from mlm_xling.config import Config
from mlm_xling.config.stored import to_json
from mlm_xling.data.streams import Streams
from mlm_xling.errors import DivergedError
from mlm_xling.languages import primary_subtag
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import prepare, stream_inputs
from mlm_xling.training.checkpointing import Checkpoints, Metadata
from mlm_xling.training.memory import require_memory
from mlm_xling.training.partitioning import make_mesh
from mlm_xling.training.perplexity import DevSet
from mlm_xling.training.placement import local_groups, placed_batches
from mlm_xling.training.probes import MakeProbe, Probes
from mlm_xling.training.reporting import Reporter
from mlm_xling.training.step import Metrics, make_program

_LONGEST_PREPARATION = 7 * 24 * 3600 * 1000
"""Milliseconds that the other hosts wait for the first."""


def train(config: Config, workdir: Path, make_probe: MakeProbe | None = None) -> None:
    """Trains, or goes on training, the run of `workdir`.

    A run that was killed at any moment and is started again ends with the same parameters, bit
    for bit, as one that was never interrupted. SIGTERM and SIGINT save and return.

    Args:
      make_probe: makes what is measured of the encoder at every evaluation.

    Raises:
      InputError: bad configuration, bad data, or a workdir of another run.
      DivergedError: names the step; the last checkpoint before it stays.
    """
    mesh = make_mesh(config.mesh)
    require_memory(config, mesh)
    prepared = _prepare_once(config)
    vocabulary = prepared.vocabulary()
    metadata = Metadata(
        step=0,
        config=to_json(config),
        vocabulary=vocabulary.fingerprint,
        data=prepared.manifest.fingerprint,
        data_dir=str(prepared.directory),
        inputs=stream_inputs(with_local_files(config)),
    )
    checkpoints = Checkpoints(workdir, metadata)
    program = make_program(config, language_ids(vocabulary, config), mesh)
    groups = local_groups(config, program.batch_shardings)
    streams = Streams(prepared, config, groups)
    reporter = Reporter(config, workdir, prepared.manifest, streams.rates, program, mesh)

    if checkpoints.found:
        state = checkpoints.restore(program.abstract_state, program.state_shardings)
        best = checkpoints.found.best_perplexity
        reporter.resumed(checkpoints.found.step)
    else:
        vocabulary.save(workdir / "vocabulary")
        state, best = program.init(), None

    dev = DevSet(streams, config, groups)
    model = Pretrained(config, vocabulary, program.abstract_encoder, 0, prepared.directory)
    probes = Probes(make_probe, model, workdir, program)
    step = int(state.step)
    batches = placed_batches(streams, groups, config, program.batch_shardings, step)
    pending: tuple[int, Metrics] | None = None
    with _interrupted(config.training.log_every) as stop, contextlib.closing(checkpoints), reporter:
        while step < config.training.steps and not stop(step):
            state, metrics = program.train(state, next(batches))
            step += 1
            # The step before is read while this one runs, so the device never waits.
            if pending:
                _account(reporter, *pending)
            pending = step, metrics
            if not _due(step, config):
                continue
            _account(reporter, *pending)
            pending = None
            if _due_at(step, config.training.evaluate_every, config):
                perplexities = dev.perplexities(program, state.params)
                reporter.evaluated(step, perplexities)
                selected = perplexities.get(selection_language(config))
                if selected is None or best is None or selected.value < best:
                    best = selected and selected.value
                    checkpoints.save_best(step, state.params, best)
                found = probes(step, state.params, perplexities)
                reporter.probed(step, found, probes.seconds)
            if _due_at(step, config.training.checkpoint_every, config):
                checkpoints.save_latest(step, state, best)
        if pending:
            _account(reporter, *pending)
        checkpoints.save_latest(step, state, best)
    reporter.finished(step, interrupted=step < config.training.steps)


def selection_language(config: Config) -> str:
    """Names the language whose dev perplexity picks the best checkpoint: English, or the first."""
    english = (name for name in config.languages if primary_subtag(name) == "en")
    return next(english, config.languages[0])


def _prepare_once(config: Config):
    """One host prepares for all; the others find it done (the cache is a shared directory)."""
    if jax.process_index() == 0:
        prepare(config)
    # Not a collective: on CPUs those give up after half a minute, and large text takes hours.
    wait = ocp.multihost.get_barrier_sync_fn()
    wait(key="prepared", timeout_ms=_LONGEST_PREPARATION)
    return prepare(config)


def _due_at(step: int, every: int, config: Config) -> bool:
    return step % every == 0 or step == config.training.steps


def _due(step: int, config: Config) -> bool:
    training = config.training
    return any(
        _due_at(step, every, config)
        for every in (training.evaluate_every, training.checkpoint_every)
    )


def _account(reporter: Reporter, step: int, metrics: Metrics) -> None:
    metrics = jax.device_get(metrics)
    if not (math.isfinite(metrics.loss) and math.isfinite(metrics.gradient_norm)):
        raise DivergedError(
            f"step {step}: loss {metrics.loss:g}, gradient norm {metrics.gradient_norm:g}; the "
            "checkpoint before it is kept. A lower config.optimizer.learning_rate may help."
        )
    reporter.trained(step, metrics)


@contextlib.contextmanager
def _interrupted(ask_every: int) -> Iterator[Callable[[int], bool]]:
    """Yields a function of the step that tells whether SIGTERM or SIGINT came, on any host.

    Several hosts must stop at the same step, so they ask each other, every `ask_every` steps.
    """
    received: list[int] = []
    kept = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }

    def stop(step: int) -> bool:
        if jax.process_count() == 1:
            return bool(received)
        if step % ask_every:
            return False
        return bool(multihost_utils.process_allgather(bool(received)).any())

    try:
        yield stop
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)

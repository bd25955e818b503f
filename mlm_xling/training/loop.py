"""The training loop: a pretraining run from configuration to last checkpoint."""

import contextlib
import math
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import jax
from jax.experimental import multihost_utils

from mlm_xling.config import Config
from mlm_xling.config.stored import fields, to_json
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.streams import Streams
from mlm_xling.errors import DivergedError, StoppedError
from mlm_xling.languages import primary_subtag
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import find_prepared, prepare, stream_inputs
from mlm_xling.training.agreement import require_same
from mlm_xling.training.beginning import dev_text_seen, earlier_data, initial_state
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.checkpointing import Checkpoints
from mlm_xling.training.hosts import first_host_first
from mlm_xling.training.memory import require_memory
from mlm_xling.training.partitioning import make_mesh, require_groups
from mlm_xling.training.perplexity import DevSet, Perplexity
from mlm_xling.training.placement import local_groups, placed_batches
from mlm_xling.training.probes import MakeProbe, Probes
from mlm_xling.training.reporting import Reporter
from mlm_xling.training.step import Metrics, Program, TrainState, make_program
from mlm_xling.training.workdir import claimed


def train(config: Config, workdir: Path, make_probe: MakeProbe | None = None) -> None:
    """Trains the run of `workdir`, or resumes it.

    A run killed at any moment and restarted ends with bit-identical parameters to one that was
    never interrupted. SIGTERM and SIGINT save first.

    Args:
      make_probe: creates the probe that measures the encoder at every evaluation.

    Raises:
      InputError: bad configuration or data, or a workdir in use or of another run.
      DivergedError: training diverged; names the step, and keeps the last checkpoint before it.
      StoppedError: a signal arrived; all progress is saved.
    """
    with claimed(workdir):
        _train(config, workdir, make_probe)


def _train(config: Config, workdir: Path, make_probe: MakeProbe | None) -> None:
    require_same({f"config.{name}": value for name, value in fields(config)})
    mesh = make_mesh(config.mesh)
    require_groups(config.training, mesh)
    require_memory(config, mesh)
    prepared = _prepare_once(config)
    vocabulary = prepared.vocabulary()
    require_same(
        {"vocabulary": vocabulary.fingerprint, "prepared text": prepared.manifest.fingerprint}
    )
    metadata = Metadata(
        step=0,
        config=to_json(config),
        vocabulary=vocabulary.fingerprint,
        data=prepared.manifest.fingerprint,
        data_dir=str(prepared.directory),
        earlier_data=earlier_data(config, workdir),
        inputs=stream_inputs(with_local_files(config)),
    )
    checkpoints = Checkpoints(workdir, metadata)
    config = checkpoints.config
    program = make_program(config, language_ids(vocabulary, config), mesh)
    groups = local_groups(config, program.batch_shardings)
    streams = Streams(prepared, config, groups)
    reporter = Reporter(config, workdir, prepared.manifest, streams.rates, program, mesh)

    reporter.warned(checkpoints.notes)
    if jax.process_index() == 0 and (problem := vocabulary.save(workdir / "vocabulary")):
        reporter.warned([f"{problem}; written anew"])
    if checkpoints.found:
        state = checkpoints.restore(program.abstract_state, program.state_shardings)
        reporter.resumed(checkpoints.found.step)
    else:
        state = initial_state(config, program, vocabulary.fingerprint)

    dev = DevSet(streams, config, groups)
    earlier = metadata.texts[1:]
    model = Pretrained(
        config, vocabulary, program.abstract_encoder, 0, prepared.directory, earlier_data=earlier
    )
    probes = Probes(make_probe, model, workdir, program, dev_text_seen(prepared, earlier))
    step = int(state.step)
    batches = placed_batches(streams, groups, config, program.batch_shardings, step)
    pending: tuple[int, Metrics] | None = None
    compiled = set()
    caught = 0
    with (
        _interrupted(config.training.log_every) as stop,
        contextlib.closing(checkpoints),
        reporter,
        _way_out_of_divergence(checkpoints),
    ):
        while step < config.training.steps and not (caught := stop(step)):
            update = program.train_on_pairs if streams.reads_pairs(step) else program.train
            batch = next(batches)
            if batch.input_ids.shape not in compiled:  # Batches of pairs have a shape of their own.
                compiled.add(batch.input_ids.shape)
                reporter.compiles()
            state, metrics = update(state, batch)
            step += 1
            # Metrics are read while the next step runs, so the device never waits.
            if pending:
                _account(reporter, *pending)
            pending = step, metrics
            if not _due(step, config):
                continue
            _account(reporter, *pending)
            pending = None
            _require_finite(program, state)
            if _due_at(step, config.training.evaluate_every, config):
                perplexities = dev.perplexities(program, state.params)
                reporter.evaluated(step, perplexities)
                _require_perplexities(step, perplexities)
                selected = perplexities.get(selection_language(config))
                best = checkpoints.best_perplexity
                if selected is None or best is None or selected.value < best:
                    checkpoints.save_best(step, state.params, selected and selected.value)
                found = probes(step, state.params, perplexities)
                reporter.probed(step, found, probes.seconds)
            if _due_at(step, config.training.checkpoint_every, config):
                checkpoints.save_latest(step, state)
        if pending:
            _account(reporter, *pending)
        _require_finite(program, state)
        checkpoints.save_latest(step, state)
    reporter.finished(step, interrupted=bool(caught))
    if caught:
        raise StoppedError(caught)


def selection_language(config: Config) -> str:
    """Returns the language whose dev perplexity picks the best checkpoint.

    That is English, or else the first, of the languages trained on.
    """
    trained = config.trained_languages
    english = (name for name in trained if primary_subtag(name) == "en")
    return next(english, trained[0])


def _prepare_once(config: Config) -> Prepared:
    """Prepares and verifies on one host; the others find the result in the shared cache."""
    prepared = first_host_first("prepares the text", lambda: prepare(config))
    return prepared or find_prepared(config)


def _due_at(step: int, every: int, config: Config) -> bool:
    return step % every == 0 or step == config.training.steps


def _due(step: int, config: Config) -> bool:
    training = config.training
    return any(
        _due_at(step, every, config)
        for every in (training.evaluate_every, training.checkpoint_every)
    )


class _RuinedError(Exception):
    """The update of `step` produced parameters that are not finite or unusable."""

    def __init__(self, step: int, what: str):
        super().__init__(f"step {step}: {what}")
        self.step = step


def _account(reporter: Reporter, step: int, metrics: Metrics) -> None:
    metrics = jax.device_get(metrics)
    if not (math.isfinite(metrics.loss) and math.isfinite(metrics.gradient_norm)):
        what = f"after it the loss is {metrics.loss:g}, the gradient norm {metrics.gradient_norm:g}"
        raise _RuinedError(step - 1, what)
    reporter.trained(step, metrics)


def _require_finite(program: Program, state: TrainState) -> None:
    if not program.is_finite(state):
        raise _RuinedError(int(state.step), "after it parameters or moments are not finite")


def _require_perplexities(step: int, perplexities: Mapping[str, Perplexity]) -> None:
    for language, found in perplexities.items():
        if not math.isfinite(found.value):
            raise _RuinedError(step, f"after it the dev perplexity of {language} is {found.value}")


@contextlib.contextmanager
def _way_out_of_divergence(checkpoints: Checkpoints) -> Iterator[None]:
    """Discards the ruined checkpoint, if it was saved, and explains how to proceed."""
    try:
        yield
    except _RuinedError as error:
        kept = checkpoints.give_up(error.step)
        rate = checkpoints.config.optimizer.learning_rate
        raise DivergedError(
            f"{error}. The same command ends here again: add a --config.optimizer.learning_rate "
            f"below {rate:g}, or more warmup_steps, to "
            + (
                "start again at step 0"
                if kept is None
                else f"go on from step {kept}, which is kept"
            )
        ) from None


@contextlib.contextmanager
def _interrupted(ask_every: int) -> Iterator[Callable[[int], int]]:
    """Yields a function of the step that returns which of SIGTERM and SIGINT arrived on any host.

    All hosts must stop at the same step, so they synchronise every `ask_every` steps.
    """
    received = [0]
    kept = {
        number: signal.signal(number, lambda number, _: received.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }

    def stop(step: int) -> int:
        if jax.process_count() == 1:
            return received[-1]
        if step % ask_every:
            return 0
        return int(multihost_utils.process_allgather(received[-1]).max())

    try:
        yield stop
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)

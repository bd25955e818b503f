"""The training loop: a pretraining run from configuration to last checkpoint."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import jax
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from mlm_xling.config import Config
from mlm_xling.config.stored import fields, from_json, to_json
from mlm_xling.data.manifest import Prepared
from mlm_xling.data.streams import Streams
from mlm_xling.errors import StoppedError
from mlm_xling.languages import primary_subtag
from mlm_xling.model.language_ids import expected_ids, language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_local_files
from mlm_xling.preparation.prepare import find_prepared, prepare, stream_inputs
from mlm_xling.training.agreement import require_same
from mlm_xling.training.beginning import dev_text_seen, earlier_data, initial_state
from mlm_xling.training.checkpoint_metadata import Metadata
from mlm_xling.training.checkpointing import Checkpoints
from mlm_xling.training.divergence import (
    require_finite,
    require_finite_metrics,
    require_finite_perplexities,
    way_out_of_divergence,
)
from mlm_xling.training.hosts import first_host_first
from mlm_xling.training.memory import require_memory
from mlm_xling.training.partitioning import make_mesh, require_groups
from mlm_xling.training.perplexity import DevSet
from mlm_xling.training.placement import local_groups, placed_batches
from mlm_xling.training.probes import MakeProbe, Probes
from mlm_xling.training.reporting import Reporter
from mlm_xling.training.step import Metrics, Program, TrainState, make_program
from mlm_xling.training.workdir import claimed
from mlm_xling.vocabulary import Vocabulary


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
    # Refuses ids that the mesh does not divide; how many a union has, is not known before.
    if mesh.shape["tensor"] > 1 and config.vocabulary.kind != "union":
        make_program(config, expected_ids(config), mesh)
    prepared = _prepare_once(config)
    vocabulary = prepared.vocabulary()
    require_same(
        {"vocabulary": vocabulary.fingerprint, "prepared text": prepared.manifest.fingerprint}
    )
    metadata = _metadata(config, workdir, prepared, vocabulary)
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
    run = _Run(config, program, streams, groups, checkpoints, reporter, dev, probes)
    with (
        _interrupted(config.training.log_every) as stop,
        contextlib.closing(checkpoints),
        reporter,
        way_out_of_divergence(checkpoints),
    ):
        step, caught = run.go_on(state, stop)
    reporter.finished(step, interrupted=bool(caught))
    if caught:
        raise StoppedError(caught)


class _Run(NamedTuple):
    """The parts of a run."""

    config: Config
    program: Program
    streams: Streams
    groups: slice
    checkpoints: Checkpoints
    reporter: Reporter
    dev: DevSet
    probes: Probes

    def go_on(self, state: TrainState, stop: Callable[[int], int]) -> tuple[int, int]:
        """Trains to the last step, or until `stop(step)` returns a signal, and saves.

        Returns:
          The step reached, and the signal or 0.
        """
        step, caught = int(state.step), 0
        if self._ends_unmeasured(step):
            self._evaluate(step, state.params)
        batches = placed_batches(
            self.streams, self.groups, self.config, self.program.batch_shardings, step
        )
        pending: tuple[int, Metrics] | None = None
        compiled = set()
        while step < self.config.training.steps and not (caught := stop(step)):
            batch = next(batches)
            if batch.input_ids.shape not in compiled:  # Batches of pairs have a shape of their own.
                compiled.add(batch.input_ids.shape)
                self.reporter.compiles()
            paired = self.streams.reads_pairs(step)
            update = self.program.train_on_pairs if paired else self.program.train
            state, metrics = update(state, batch)
            step += 1
            # Metrics are read while the next step runs, so the device never waits.
            if pending:
                self._account(*pending)
            pending = step, metrics
            if not (self._evaluates(step) or self._saves(step)):
                continue
            self._account(*pending)
            pending = None
            require_finite(self.program, state)
            if self._evaluates(step):
                self._evaluate(step, state.params)
            if self._saves(step):
                self.checkpoints.save_latest(step, state)
        if pending:
            self._account(*pending)
        require_finite(self.program, state)
        self.checkpoints.save_latest(step, state)
        return step, caught

    def _account(self, step: int, metrics: Metrics) -> None:
        metrics = jax.device_get(metrics)
        require_finite_metrics(step, metrics)
        self.reporter.trained(step, metrics)

    def _evaluates(self, step: int) -> bool:
        training = self.config.training
        return step % training.evaluate_every == 0 or step == training.steps

    def _ends_unmeasured(self, step: int) -> bool:
        """Returns whether a run that stopped between evaluations is asked for no further step."""
        found, steps = self.checkpoints.found, self.config.training.steps
        planned_more = found is not None and from_json(found.config).training.steps > steps
        return planned_more and step == steps and step % self.config.training.evaluate_every != 0

    def _saves(self, step: int) -> bool:
        training = self.config.training
        return step % training.checkpoint_every == 0 or step == training.steps

    def _evaluate(self, step: int, params: PyTree) -> None:
        perplexities = self.dev.perplexities(self.program, params)
        self.reporter.evaluated(step, perplexities)
        require_finite_perplexities(step, perplexities)
        selected = perplexities.get(selection_language(self.config))
        best = self.checkpoints.best_perplexity
        if selected is None or best is None or selected.value < best:
            self.checkpoints.save_best(step, params, selected and selected.value)
        found = self.probes(step, params, perplexities)
        self.reporter.probed(step, found, self.probes.seconds)


def _metadata(
    config: Config, workdir: Path, prepared: Prepared, vocabulary: Vocabulary
) -> Metadata:
    return Metadata(
        step=0,
        config=to_json(config),
        vocabulary=vocabulary.fingerprint,
        data=prepared.manifest.fingerprint,
        data_dir=str(prepared.directory),
        earlier_data=earlier_data(config, workdir),
        inputs=stream_inputs(with_local_files(config)),
    )


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

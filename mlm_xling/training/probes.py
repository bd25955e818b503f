"""Probes of the live encoder during training (`evaluation.during_pretraining`).

The probe is passed in: all that training knows of evaluators is that they turn an encoder into
results.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import jax
from flax import nnx
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from mlm_xling.config.stored import fingerprint
from mlm_xling.configurations import write_configuration
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.results import FILE_NAME, TRAINED, Result, append_results, require_appendable
from mlm_xling.training.perplexity import Perplexity
from mlm_xling.training.step import Program

Probe = Callable[[Pretrained], list[Result]]
"""Evaluates an encoder."""
MakeProbe = Callable[[Pretrained], Probe]
"""Loads what a probe needs before training; its encoder has shapes but no values."""


class Probes:
    """A probe that can be called with the parameters of a step."""

    def __init__(
        self,
        make_probe: MakeProbe | None,
        model: Pretrained,
        workdir: Path,
        program: Program,
        dev_seen: Mapping[str, float | None],
    ):
        """Creates the probe, if there is one.

        Args:
          model: the run's model with an abstract encoder.
          dev_seen: result of `dev_text_seen`.

        Raises:
          InputError: the probe's input is bad, or the results file is damaged.
        """
        self._graph, self._model = program.graph, model
        self._probe = make_probe and make_probe(model)
        self._results, self._dev_seen = workdir / FILE_NAME, dev_seen
        if jax.process_index() == 0:
            require_appendable(self._results)
            write_configuration(workdir, fingerprint(model.config), [model.config])
        self.seconds = 0.0
        """Seconds spent on probing so far."""

    def __call__(
        self, step: int, params: PyTree, perplexities: Mapping[str, Perplexity]
    ) -> list[Result]:
        """Evaluates the parameters of a step and appends to the workdir's results.

        The step's dev perplexities are recorded as well, so that the two can be compared; without a
        probe, only they are recorded.
        """
        start = time.monotonic()
        results = self._measured(self._probe, step, params) if self._probe else []
        if jax.process_index() == 0:
            append_results(self._results, results + self._of_perplexities(step, perplexities))
        self.seconds += time.monotonic() - start
        return results

    def _measured(self, probe: Probe, step: int, params: PyTree) -> list[Result]:
        # Whole arrays on one device, since evaluators do not handle meshes.
        params = multihost_utils.process_allgather(params, tiled=True)
        if jax.process_index() != 0:
            return []
        encoder = nnx.merge(self._graph, jax.device_put(params, jax.local_devices()[0]))
        return probe(self._model._replace(encoder=encoder, step=step))

    def _of_perplexities(self, step: int, perplexities: Mapping[str, Perplexity]) -> list[Result]:
        config = self._model.config
        return [
            Result(
                evaluator="perplexity",
                metric=metric,
                model=TRAINED,
                source=language,
                target=language,
                layer=None,
                value=float(value),
                low=None,
                high=None,
                n=found.tokens,
                step=step,
                seed=config.training.seed,
                config=fingerprint(config),
                seen=self._dev_seen[language],
            )
            for language, found in perplexities.items()
            for metric, value in (
                ("dev_perplexity", found.value),
                ("dev_perplexity_ids", found.ids),
            )
        ]

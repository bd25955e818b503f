"""Measurements of the live encoder while it trains (`evaluation.during_pretraining`).

What is measured is handed in: training knows of evaluators only that they turn an encoder into
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
"""Measures an encoder."""
MakeProbe = Callable[[Pretrained], Probe]
"""Reads what a probe needs, before training: the encoder that it gets has shapes, no values."""


class Probes:
    """A probe, ready to be called with a step's parameters."""

    def __init__(
        self,
        make_probe: MakeProbe | None,
        model: Pretrained,
        workdir: Path,
        program: Program,
        dev_seen: Mapping[str, float | None],
    ):
        """Makes the probe, if there is one.

        Args:
          model: with an abstract encoder.
          dev_seen: as of `dev_text_seen`.

        Raises:
          InputError: bad input of the probe, or damaged results.
        """
        self._graph, self._model = program.graph, model
        self._probe = make_probe and make_probe(model)
        self._results, self._dev_seen = workdir / FILE_NAME, dev_seen
        if jax.process_index() == 0:
            require_appendable(self._results)
            write_configuration(workdir, [model.config])
        self.seconds = 0.0
        """Seconds spent on probing so far."""

    def __call__(
        self, step: int, params: PyTree, perplexities: Mapping[str, Perplexity]
    ) -> list[Result]:
        """Measures the parameters of a step and appends to the workdir's results.

        The dev perplexities of the step are recorded too, so that one can be seen against the
        other; without a probe they alone are.
        """
        start = time.monotonic()
        results = self._measured(self._probe, step, params) if self._probe else []
        if jax.process_index() == 0:
            append_results(self._results, results + self._of_perplexities(step, perplexities))
        self.seconds += time.monotonic() - start
        return results

    def _measured(self, probe: Probe, step: int, params: PyTree) -> list[Result]:
        # Whole arrays on one device: evaluators know nothing of meshes.
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

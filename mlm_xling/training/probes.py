"""Evaluators on the live encoder while it trains (`evaluation.during_pretraining`)."""

import time
from collections.abc import Mapping
from pathlib import Path

import jax
from flax import nnx
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint
from mlm_xling.evaluation.evaluators import evaluate
from mlm_xling.evaluation.inputs.loading import load_inputs
from mlm_xling.evaluation.subject import Frozen, Subject
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.results import FILE_NAME, Result, append_results
from mlm_xling.training.step import Program
from mlm_xling.vocabulary import Vocabulary


class Probes:
    """The configured evaluators, ready to be called with a step's parameters."""

    def __init__(
        self,
        config: Config,
        workdir: Path,
        vocabulary: Vocabulary,
        data_dir: Path,
        program: Program,
        dev_chunks: Mapping[str, int],
    ):
        """Raises InputError for a bad parallel file, before training."""
        self._dev_chunks = dev_chunks
        self._names, self._graph = config.evaluation.during_pretraining, program.graph
        shapes = nnx.merge(program.graph, program.abstract_state.params)
        self._model = Pretrained(config, vocabulary, shapes, 0, data_dir)
        self._inputs = load_inputs(self._names, self._model, self._model)
        self._results = workdir / FILE_NAME
        self.seconds = 0.0
        """Spent on probing so far."""

    def __call__(
        self, step: int, params: PyTree, perplexities: Mapping[str, float]
    ) -> list[Result]:
        """Measures the parameters of a step and appends to the workdir's results.

        The dev perplexities of the step are recorded too, so that one can be seen against the
        other.
        """
        if not self._names:
            return []
        start = time.monotonic()
        # Whole arrays on one device: evaluators know nothing of meshes.
        params = multihost_utils.process_allgather(params, tiled=True)
        if jax.process_index() != 0:
            return []
        encoder = nnx.merge(self._graph, jax.device_put(params, jax.local_devices()[0]))
        model = Frozen(self._model._replace(encoder=encoder, step=step))
        results = evaluate(self._names, Subject(model, model, self._inputs, brief=True))
        append_results(self._results, results + self._of_perplexities(step, perplexities))
        self.seconds += time.monotonic() - start
        return results

    def _of_perplexities(self, step: int, perplexities: Mapping[str, float]) -> list[Result]:
        config = self._model.config
        return [
            Result(
                evaluator="perplexity",
                metric="dev_perplexity",
                model="trained",
                source=language,
                target=language,
                layer=None,
                value=value,
                low=None,
                high=None,
                n=self._dev_chunks[language],
                step=step,
                seed=config.training.seed,
                config=fingerprint(config),
                seen=0.0,
            )
            for language, value in perplexities.items()
        ]

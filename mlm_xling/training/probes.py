"""Evaluators on the live encoder while it trains (`evaluation.during_pretraining`)."""

from pathlib import Path

import jax
from flax import nnx
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from mlm_xling.config import Config
from mlm_xling.evaluation.evaluators import Subject, evaluate
from mlm_xling.evaluation.parallel_rows import load_rows
from mlm_xling.evaluation.results import FILE_NAME, Result, append_results
from mlm_xling.vocabulary import Vocabulary


class Probes:
    """The configured evaluators, ready to be called with a step's parameters."""

    def __init__(
        self,
        config: Config,
        workdir: Path,
        vocabulary: Vocabulary,
        data_dir: Path,
        graph: nnx.GraphDef,
    ):
        """Raises InputError for a bad parallel file, before training."""
        self._names = config.evaluation.during_pretraining
        self._rows = load_rows(config, data_dir) if self._names else None
        self._config, self._vocabulary, self._graph = config, vocabulary, graph
        self._results = workdir / FILE_NAME

    def __call__(self, step: int, params: PyTree) -> list[Result]:
        """Measures the parameters of a step and appends to the workdir's results."""
        if self._rows is None:
            return []
        # Whole arrays on one device: evaluators know nothing of meshes.
        params = multihost_utils.process_allgather(params, tiled=True)
        if jax.process_index() != 0:
            return []
        encoder = nnx.merge(self._graph, jax.device_put(params, jax.local_devices()[0]))
        subject = Subject(encoder, self._vocabulary, self._config, self._rows, step=step)
        results = evaluate(self._names, subject)
        append_results(self._results, results)
        return results

"""Perplexity on held-out documents, with fixed masks."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Int32, PyTree

from mlm_xling.config import Config
from mlm_xling.data.streams import Batch, Streams
from mlm_xling.training.placement import place
from mlm_xling.training.step import Program
from mlm_xling.vocabulary import PAD


class Perplexity(NamedTuple):
    """Perplexity on the dev text of a language."""

    value: float
    """exp of the mean nats per masked token; NaN if these are infinite."""
    ids: int
    """Number of ids among which tokens were predicted, i.e. the perplexity of a uniform guess."""
    tokens: int
    """Number of masked, i.e. predicted, tokens."""


class DevSet:
    """The dev chunks of every language, in batches shaped like those of the training step."""

    def __init__(self, streams: Streams, config: Config, groups: slice):
        self._chunks = {
            language: streams.dev_chunks(language, config.evaluation.dev_chunks)
            for language in config.languages
        }
        self._config, self._groups = config, groups

    def perplexities(self, program: Program, params: PyTree) -> dict[str, Perplexity]:
        """Computes the perplexity of each language that has dev text."""
        result, size = {}, self._config.training.groups * self._config.training.batch_size
        for index, (language, chunks) in enumerate(self._chunks.items()):
            nats = targets = 0.0
            for number, batch in enumerate(self._batches(chunks, index)):
                placed = place(batch, self._groups, self._config, program.batch_shardings)
                sums = program.evaluate(params, placed, jnp.asarray(number * size))
                nats, targets = nats + float(sums[0]), targets + float(sums[1])
            if targets:
                mean = nats / targets
                value = math.exp(min(mean, 700.0)) if math.isfinite(mean) else math.nan
                ids = program.abstract_encoder.predicted_ids(index)
                result[language] = Perplexity(value, ids, round(targets))
        return result

    def _batches(self, chunks: Int32[np.ndarray, "chunk length"], language: int) -> Iterator[Batch]:
        training = self._config.training
        size = training.groups * training.batch_size
        for start in range(0, len(chunks), size):
            filled = np.full((size, training.length), PAD, np.int32)
            filled[: len(chunks) - start] = chunks[start : start + size]
            grouped = filled.reshape(training.groups, training.batch_size, training.length)
            languages = np.full(training.groups, language, np.int32)
            yield Batch(grouped[self._groups], languages[self._groups])

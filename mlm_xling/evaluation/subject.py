"""What evaluators examine: two frozen encoders, which most often are one and the same."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32

from mlm_xling.config import Config, LexiconConfig
from mlm_xling.config.stored import fingerprint
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, language_of
from mlm_xling.evaluation.representations.sentences import represent
from mlm_xling.evaluation.representations.word_types import WordVectors, word_vectors
from mlm_xling.model.encoder import random_encoder
from mlm_xling.model.language_ids import language_ids
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.results import Result

Layers = Float32[np.ndarray, "layer sentence embed"]


class Frozen:
    """An encoder that represents each set of sentences once, however many evaluators ask."""

    def __init__(self, pretrained: Pretrained):
        self.pretrained = pretrained
        self._kept: dict[tuple[str, ...], Layers] = {}
        self._words: dict[str, WordVectors] = {}

    def layers(self, language: str, sentences: list[str]) -> Layers:
        """Mean-pooled hidden states of sentences."""
        key = (language, *sentences)
        if key not in self._kept:
            config, vocabulary, encoder, *_ = self.pretrained
            self._kept[key] = represent(
                encoder,
                vocabulary.encode(sentences, language),
                config.languages.index(language),
                config.training.length,
            )
        return self._kept[key]

    def words(self, language: str, config: LexiconConfig, known: Collection[str]) -> WordVectors:
        """Vectors of the words of a language; `known` as for `word_vectors`."""
        if language not in self._words:
            self._words[language] = word_vectors(self.pretrained, language, config, known)
        return self._words[language]


class Subject:
    """A source and a target encoder, with everything that evaluators may ask about them."""

    def __init__(
        self,
        source: Frozen,
        target: Frozen,
        inputs: Inputs,
        *,
        model: str = "trained",
        seed: int | None = None,
        workdir: Path | None = None,
        brief: bool = False,
    ):
        """For two languages of one model, `source` is `target`.

        Args:
          model: what results call it.
          seed: of the source encoder; that of its training if not given.
          workdir: where fine-tuning keeps what it needs to go on.
          brief: to be measured while it trains: without what takes long, like intervals.
        """
        self.source, self.target, self.inputs = source, target, inputs
        self.model, self.brief, self._workdir = model, brief, workdir
        self.config: Config = source.pretrained.config
        self.seed = self.config.training.seed if seed is None else seed

    @property
    def workdir(self) -> Path:
        """Of the run that trained the source encoder."""
        assert self._workdir is not None, "fine-tuning needs a workdir"
        return self._workdir

    @property
    def together(self) -> bool:
        """Whether both languages live in one encoder, hence in one space."""
        return self.source is self.target

    def pair(
        self, rows: ParallelRows, target: str, split: Literal["test", "fit"]
    ) -> tuple[Layers, Layers]:
        """The sentences of a split in the source language and in a target, at every layer."""
        sentences = getattr(rows, split)
        return (
            self.source.layers(language_of(rows.source), sentences[rows.source]),
            self.target.layers(language_of(target), sentences[target]),
        )

    def result(
        self,
        evaluator: str,
        metric: str,
        pair: tuple[str, str],
        layer: int | None,
        value: float,
        interval: tuple[float, float] | None = None,
        *,
        n: int,
        seen: float | None,
    ) -> Result:
        """Adds to a value what it was measured on."""
        low, high = interval or (None, None)
        return Result(
            evaluator=evaluator,
            metric=metric,
            model=self.model,
            source=pair[0],
            target=pair[1],
            layer=layer,
            value=float(value),
            low=low,
            high=high,
            n=n,
            step=self.source.pretrained.step,
            seed=self.seed,
            config=self._fingerprint(),
            seen=seen,
        )

    def on_rows(
        self,
        evaluator: str,
        metric: str,
        rows: ParallelRows,
        target: str,
        layer: int | None,
        value: float,
        interval: tuple[float, float] | None = None,
    ) -> Result:
        """`result` of something measured on the test split of parallel rows."""
        return self.result(
            evaluator,
            metric,
            (rows.source, target),
            layer,
            value,
            interval,
            n=len(rows.test[target]),
            seen=rows.seen_fraction(rows.source, target),
        )

    def _fingerprint(self) -> str:
        """Of the configuration, or of both where two were trained."""
        own, other = (fingerprint(side.pretrained.config) for side in (self.source, self.target))
        return own if own == other else hashlib.sha256((own + other).encode()).hexdigest()[:12]


HALF_RANDOM = ("cka", "similarity")
"""Evaluators that are also asked with a random encoder on the target's side only, as the paper
does (METHOD.md section 6)."""


def subjects(
    source: Pretrained, target: Pretrained, inputs: Inputs, names: Sequence[str], workdir: Path
) -> Iterator[tuple[Subject, list[str]]]:
    """Yields what is to be examined, and by which of the named evaluators.

    First the trained encoders, then the same before training (of two, each from a seed of its
    own), then a random one on the target's side beside the trained source.
    """
    together = source is target
    trained = Frozen(source)
    beside = trained if together else Frozen(target)
    yield Subject(trained, beside, inputs, workdir=workdir), list(names)
    random, other = Frozen(_untrained(source, 0)), Frozen(_untrained(target, 1))
    beside = random if together else other
    yield Subject(random, beside, inputs, model="random", workdir=workdir), list(names)
    half = [name for name in names if name in HALF_RANDOM]
    if half:
        yield Subject(trained, other, inputs, model="random_target"), half


def _untrained(model: Pretrained, seeds_later: int) -> Pretrained:
    seed = model.config.training.seed + seeds_later
    ids = language_ids(model.vocabulary, model.config)
    return model._replace(encoder=random_encoder(model.config, ids, seed), step=0)

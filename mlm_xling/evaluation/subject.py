"""What evaluators examine: two frozen encoders, which most often are one and the same."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32

from mlm_xling.config import Config, LexiconConfig
from mlm_xling.config.stored import fingerprint
from mlm_xling.data.text import normal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, language_of
from mlm_xling.evaluation.representations.sentences import represent
from mlm_xling.evaluation.representations.word_types import WordVectors, word_vectors
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.results import Result, fingerprint_items

Layers = Float32[np.ndarray, "layer sentence embed"]
Rows = Float32[np.ndarray, "sentence embed"]


class FrozenEncoder:
    """A pretrained encoder that represents sentences, each set of them once."""

    def __init__(self, pretrained: Pretrained):
        self.pretrained = pretrained
        self._kept: dict[tuple[str, ...], Layers] = {}
        self._words: dict[tuple, WordVectors] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it was trained on."""
        return self.pretrained.config.languages

    def with_config(self, config: Config) -> "FrozenEncoder":
        """Returns the same encoder with other settings of evaluation; nothing is encoded again."""
        other = FrozenEncoder(self.pretrained._replace(config=config))
        other._kept, other._words = self._kept, self._words
        return other

    def represent(self, sentences: Sequence[str], language: str) -> Layers:
        """Averages the hidden states of each sentence; layer 0 is the embedding output.

        Raises:
          InputError: the encoder was not trained on the language.
        """
        if language not in self.languages:
            known = ", ".join(self.languages)
            raise InputError(f"language {language!r}: the encoder was trained on {known}")
        sentences = [normal(sentence) for sentence in sentences]
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

    def words(self, language: str, config: LexiconConfig) -> WordVectors:
        """Vectors of the words of a language."""
        key = (language, config.words, config.sentences)
        if key not in self._words:
            self._words[key] = word_vectors(self.pretrained, language, config)
        return self._words[key]


class Subject:
    """A source and a target encoder, with everything that evaluators may ask about them."""

    def __init__(
        self,
        source: FrozenEncoder,
        target: FrozenEncoder,
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
          workdir: where training something keeps what it needs to go on.
          brief: to be measured while it trains: without what takes long, like intervals.
        """
        self.source, self.target, self.inputs = source, target, inputs
        self.model, self.brief, self._workdir = model, brief, workdir
        self.config: Config = source.pretrained.config
        self.seed = self.config.training.seed if seed is None else seed

    @property
    def workdir(self) -> Path:
        """Where what is trained is kept."""
        assert self._workdir is not None, "an evaluator that trains needs a folder"
        return self._workdir

    def leave(self, name: str, text: str) -> None:
        """Writes a file beside the results, where they are kept."""
        if self._workdir is not None:
            self._workdir.mkdir(parents=True, exist_ok=True)
            write_whole(self._workdir / name, text.encode())

    @property
    def together(self) -> bool:
        """Whether both languages live in one encoder, hence in one space."""
        return self.source is self.target

    def pair(
        self, rows: ParallelRows, target: str, split: Literal["test", "fit"]
    ) -> tuple[Layers, Layers]:
        """Encodes the sentences of a split in the source language and a target, at every layer."""
        sentences = getattr(rows, split)
        return (
            self.source.represent(sentences[rows.source], language_of(rows.source)),
            self.target.represent(sentences[target], language_of(target)),
        )

    def layer_pairs(self, rows: ParallelRows) -> Iterator[tuple[str, int, Rows, Rows]]:
        """Yields (target, layer, source vectors, target vectors) of all pairs of test sentences."""
        for target in rows.targets:
            for layer, (x, y) in enumerate(zip(*self.pair(rows, target, "test"), strict=True)):
                yield target, layer, x, y

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
        items: Iterable[str] | None = None,
    ) -> Result:
        """Adds to a value what it was measured on.

        Args:
          items: what the `n` items are, so that reports can tell whether figures are of the same.
        """
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
            items=None if items is None else fingerprint_items(items),
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
        """Makes the `result` of something measured on the test split of parallel sentences."""
        return self.result(
            evaluator,
            metric,
            (rows.source, target),
            layer,
            value,
            interval,
            n=len(rows.test[target]),
            seen=rows.seen_fraction(rows.source, target),
            items=map("\t".join, zip(rows.test[rows.source], rows.test[target], strict=True)),
        )

    def _fingerprint(self) -> str:
        """Names the configuration, or both where two models were trained."""
        own, other = (fingerprint(side.pretrained.config) for side in (self.source, self.target))
        return own if own == other else hashlib.sha256((own + other).encode()).hexdigest()[:12]

"""Subjects of evaluation: two frozen encoders, usually the same one."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float32, Int

from mlm_xling.config import Config, LexiconConfig
from mlm_xling.config.stored import fingerprint
from mlm_xling.data.text import normal
from mlm_xling.directories import write_whole
from mlm_xling.errors import InputError, require_texts
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, language_of
from mlm_xling.evaluation.measures.ratio import Ratio
from mlm_xling.evaluation.representations.sentences import represent
from mlm_xling.evaluation.representations.word_types import WordVectors, word_vectors
from mlm_xling.examples import Examples
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.outcomes import Outcome
from mlm_xling.results import TRAINED, Result, fingerprint_items
from mlm_xling.words import segmenter_of

Layers = Float32[np.ndarray, "layer sentence embed"]
Rows = Float32[np.ndarray, "sentence embed"]
MIN_TO_CHOOSE = 8
"""Minimum number of fit pairs that can be halved again to select a layer."""


class LayerPairs(NamedTuple):
    """Vectors of translations at one layer; row i of both sides is one pair."""

    layer: int
    x: Rows
    """Vectors to measure on, in the source language; `y` has those of the target."""
    y: Rows
    fit_x: Rows
    """Other sentences, for estimating means and maps; empty with `fit_pairs=0`."""
    fit_y: Rows

    @property
    def of_choice(self) -> "LayerPairs | None":
        """The fit pairs in two halves, to measure and to fit on, or None if too few.

        Measurements on them select a layer, so that test pairs play no part in the selection.
        """
        if len(self.fit_x) < MIN_TO_CHOOSE:
            return None
        half = len(self.fit_x) // 2
        return LayerPairs(
            self.layer, self.fit_x[half:], self.fit_y[half:], self.fit_x[:half], self.fit_y[:half]
        )


class FrozenEncoder:
    """A pretrained encoder that represents sentences, with a cache.

    The cache lives as long as the encoder.
    """

    def __init__(self, pretrained: Pretrained):
        self.pretrained = pretrained
        self._sentences: dict[tuple, Layers] = {}
        self._ids: dict[tuple[str, ...], list[list[int]]] = {}
        self._words: dict[tuple, WordVectors] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it was trained on."""
        return self.pretrained.config.languages

    def with_config(self, config: Config) -> "FrozenEncoder":
        """Returns the same encoder with other evaluation settings, sharing the cache."""
        other = FrozenEncoder(self.pretrained._replace(config=config))
        other._sentences, other._ids, other._words = self._sentences, self._ids, self._words
        return other

    def represent(self, sentences: Sequence[str], language: str) -> Layers:
        """Pools the hidden states of each sentence; layer 0 is the embedding output.

        The array is cached and therefore read-only.

        Raises:
          InputError: the encoder was not trained on the language, or `sentences` is not a list of
            strings.
        """
        require_texts(sentences, "sentences")
        if language not in self.languages:
            known = ", ".join(self.languages)
            raise InputError(f"language {language!r}: the encoder was trained on {known}")
        sentences = [normal(sentence) for sentence in sentences]
        config, vocabulary, encoder, *_ = self.pretrained
        pooling, length = config.evaluation.pooling, config.training.length
        key = (pooling, length, language, *sentences)
        if key not in self._sentences:
            vectors = represent(
                encoder,
                self._token_ids(sentences, language),
                config.languages.index(language),
                length,
                vocabulary.special,
                pooling,
            )
            vectors.flags.writeable = False  # It is cached, and measured later.
            self._sentences[key] = vectors
        return self._sentences[key]

    def lengths(self, sentences: Sequence[str], language: str) -> Int[np.ndarray, " sentence"]:
        """Returns the number of tokens of each sentence."""
        ids = self._token_ids(sentences, language)
        return np.array([len(sentence) for sentence in ids], np.int64)

    def _token_ids(self, sentences: Sequence[str], language: str) -> list[list[int]]:
        key = (language, *sentences)
        if key not in self._ids:
            self._ids[key] = self.pretrained.vocabulary.encode(sentences, language)
        return self._ids[key]

    def words(self, language: str, config: LexiconConfig) -> WordVectors:
        """Returns vectors of the words of a language."""
        own = self.pretrained.config
        read = own.data.text_dir, own.training.length, segmenter_of(language)
        key = (language, config.words, config.sentences, *read)
        if key not in self._words:
            self._words[key] = word_vectors(self.pretrained, language, config)
        return self._words[key]


class Subject:
    """A source and a target encoder, with everything that evaluators need."""

    def __init__(
        self,
        source: FrozenEncoder,
        target: FrozenEncoder,
        inputs: Inputs,
        *,
        model: str = TRAINED,
        seed: int | None = None,
        workdir: Path | None = None,
        brief: bool = False,
        baselines: bool = True,
    ):
        """Initialises a subject; for two languages of one model, `source` is `target`.

        Args:
          model: its name in results.
          seed: seed of the source encoder; by default that of its training.
          workdir: where evaluators that train save checkpoints.
          brief: whether it is probed during training, without slow parts such as intervals.
          baselines: whether model-free baselines are measured with it.
        """
        self.source, self.target, self.inputs = source, target, inputs
        self.model, self.brief, self._workdir = model, brief, workdir
        self.baselines = baselines
        self.outcomes: list[Outcome] = []
        """Per-item outcomes recorded since they were last collected."""
        self.examples: list[Examples] = []
        """Examples recorded since they were last collected."""
        self.come_to: Callable[[str], None] = lambda pair: None
        """Callback that receives the language pair of each result."""
        self.config: Config = source.pretrained.config
        self.seed = self.config.training.seed if seed is None else seed

    @property
    def workdir(self) -> Path:
        """Where trained models are saved."""
        assert self._workdir is not None, "an evaluator that trains needs a folder"
        return self._workdir

    def write_beside_results(self, name: str, text: str) -> None:
        """Writes a file beside the results, if they are saved."""
        if self._workdir is not None:
            self._workdir.mkdir(parents=True, exist_ok=True)
            write_whole(self._workdir / name, text.encode())

    @property
    def together(self) -> bool:
        """Whether both languages are in one encoder, hence in one space."""
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

    def length_pairs(self, rows: ParallelRows, target: str) -> list[Int[np.ndarray, " sentence"]]:
        """Returns the numbers of tokens of all sentences, in the order of `LayerPairs`."""
        sides = (self.source, rows.source), (self.target, target)
        return [
            encoder.lengths(split[name], language_of(name))
            for split in (rows.test, rows.fit)
            for encoder, name in sides
        ]

    def layer_pairs(self, rows: ParallelRows, target: str) -> Iterator[LayerPairs]:
        """Yields the vectors of all sentences in the source language and a target, by layer."""
        test = self.pair(rows, target, "test")
        fit = tuple(side[:, :0] for side in test)
        if rows.fit[rows.source]:
            fit = self.pair(rows, target, "fit")
        for layer, vectors in enumerate(zip(*test, *fit, strict=True)):
            yield LayerPairs(layer, *vectors)

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
        choice: float | None = None,
    ) -> Result:
        """Builds a result from a value and what it was measured on.

        Args:
          items: identifies the `n` items, so that reports can tell whether figures are comparable.
        """
        self.come_to("-".join(pair))
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
            config=self.fingerprint,
            seen=seen,
            items=None if items is None else fingerprint_items(items),
            choice=None if choice is None else float(choice),
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
        choice: float | None = None,
    ) -> Result:
        """Builds the `result` of a measurement on the test split of parallel sentences."""
        return self.result(
            evaluator,
            metric,
            (rows.source, target),
            layer,
            value,
            interval,
            n=len(rows.test[target]),
            seen=rows.seen_fraction(rows.source, target),
            items=rows.pairs(target),
            choice=choice,
        )

    def keep(
        self,
        result: Result,
        ratios: Sequence[Ratio],
        items: tuple[str, ...],
        clusters: tuple[str, ...] = (),
    ) -> None:
        """Records per-item contributions to a result.

        Args:
          ratios: the result is their mean, all over the same items.
          items: `outcomes.item_digests` of the items.
          clusters: `outcomes.cluster_digests` of what they depend on; empty if on nothing.
        """
        if self.brief:
            return
        numerator, denominator = (
            np.array([one[side] for one in ratios], np.float64) for side in (0, 1)
        )
        assert numerator.shape[1] == len(items), f"{result.metric}: an item a count"
        self.outcomes.append(Outcome(result, items, numerator, denominator, clusters))

    @property
    def configs(self) -> tuple[Config, ...]:
        """The configurations it is measured under: that of the encoder, or of both."""
        own, other = (side.pretrained.config for side in (self.source, self.target))
        return (own,) if own == other else (own, other)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Identifies `configs` in results, whose `step` is the source's."""
        own, other = self.inputs.source.step, self.inputs.target.step
        return fingerprint(*self.configs, other_step=None if own == other else other)

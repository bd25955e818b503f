"""Interface between tasks and the fine-tuning loop."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from flax import nnx
from jaxtyping import Int

from mlm_xling.config import ModelConfig
from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.evaluation.finetuning.baselines import LOOKUP, MAJORITY, Baseline
from mlm_xling.evaluation.finetuning.examples import UNKNOWN_TARGET, Example, tagging_examples
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.evaluation.measures.ratio import Ratio
from mlm_xling.model.heads import LinearHead

Labels = tuple[str, ...]


class Task(ABC):
    """A type of labelled data, a head for it, and its metrics."""

    name: str
    """Name of the evaluator and of its section in the configuration."""
    title: str
    kind: str
    """Kind of its data: `trees`, `entities` or `pairs` (`tasks.labelled.KINDS`)."""
    column: str
    """Column of the tables with the labels."""
    text: tuple[str, ...] = ("ids",)
    """Columns with tokens."""
    metrics: Mapping[str, Metric]
    """What is measured on target test data; prefixed with `dev_`, the same on source dev data."""
    selection: str
    """Metric for selection on source dev data, also that of Table 1 of the paper."""
    baselines: Mapping[str, Baseline]
    """Baselines of its scores, by the name that results use as the model."""
    on_layers: tuple[str, ...] = ()
    """Metrics of heads on frozen layers; empty if it does not label words."""
    compare: str = ""
    """What the paper's figure of heads on frozen layers shows."""
    published: Mapping[str, tuple[float, float, float]] = MappingProxyType({})
    """Row of Table 1 -> the paper's `selection` in percent, English to French, Russian, Chinese."""
    quick: Mapping[str, Any] = MappingProxyType(
        {"batch_sizes": (32,), "learning_rates": (5e-4, 1e-3), "epochs": 5}
    )
    """The grid for small encoders: few settings, with the higher rates that about a million
    parameters need; the schedule is linear."""

    def labels(self, train: Table) -> Labels:
        """Lists all labels that can be predicted: those of the training data."""
        return train.names[self.column]

    def unseen(self, table: Table, labels: Labels) -> Counter[str]:
        """Counts the labels that the training data lacks; they are scored as wrong."""
        counts = Counter(label for cell in table.strings(self.column) for label in cell)
        return Counter({label: count for label, count in counts.items() if label not in labels})

    def targets(self, table: Table, labels: Labels) -> list[Int[np.ndarray, " word"]]:
        """Returns label indices as in `labels`; `UNKNOWN_TARGET` for others."""
        known = {label: i for i, label in enumerate(labels)}
        of_table = [known.get(label, UNKNOWN_TARGET) for label in table.names[self.column]]
        return [np.array(of_table, np.int32)[cell] for cell in table.columns[self.column]]

    def words(self, table: Table) -> list[int]:
        """Returns the number of words of each sentence that need a prediction."""
        return [len(cell) for cell in table.columns[self.column]]

    def contents(self, table: Table) -> str:
        """Describes the amount of data in numbers that can be checked against a file."""
        return f"{len(table):,} sentences, {sum(self.words(table)):,} words"

    def cut(self, table: Table, limits: Limits) -> int:
        """Counts the items that are too long to be read completely."""
        del table, limits
        return 0

    @abstractmethod
    def answers(self, words: int, labels: Labels) -> tuple[int, ...]:
        """Returns the number of possible answers of each target, in a sentence of so many words."""

    @abstractmethod
    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """Creates the inputs of the encoder and the targets of the head."""

    @abstractmethod
    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Creates an untrained head."""

    @abstractmethod
    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """Decodes predictions for words from one example of the head's output (NumPy arrays)."""

    @abstractmethod
    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Computes all metrics, by name."""

    def items(self, table: Table) -> list[str]:
        """Identifies the items that `scores` counts, in order, independently of the vocabulary."""
        return [" ".join(words) for words in table.strings("words")]

    def sentences(self, table: Table) -> list[str]:
        """Identifies each sentence by its text, independently of the vocabulary and the order."""
        return self.items(table)


class Classification(Task):
    """Items with one label each, from a linear layer: a word (`Tagging`) or a whole pair."""

    baselines = MappingProxyType({"majority": MAJORITY})

    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Creates dropout followed by one linear layer."""
        return LinearHead(model.width, len(labels), model.dropout, rngs)

    def answers(self, words: int, labels: Labels) -> tuple[int, ...]:
        """Counts the labels."""
        del words
        return (len(labels),)

    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """Returns the label of each word."""
        return output[row, :words, None].astype(np.int32)


class Tagging(Classification):
    """Classification of every word of a sentence, read at its first subword."""

    baselines = MappingProxyType({"majority": MAJORITY, "lookup": LOOKUP})

    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """Creates an example for each window of a sentence."""
        columns = (table.columns[name] for name in ("ids", "subwords"))
        sentences = zip(*columns, self.targets(table, labels), strict=True)
        return [
            example
            for i, (ids, subwords, target) in enumerate(sentences)
            for example in tagging_examples(ids, subwords, target[:, None], i, limits)
        ]

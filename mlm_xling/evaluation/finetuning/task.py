"""What the fine-tuning loop wants to know of a task."""

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
    """A kind of labelled data, a head for it, and its scores."""

    name: str
    """What the evaluator and its section in the configuration are called."""
    title: str
    kind: str
    """What its data is: `trees`, `entities` or `pairs` (`tasks.labelled.KINDS`)."""
    column: str
    """The column of the tables that holds the labels."""
    text: tuple[str, ...] = ("ids",)
    """The columns that hold tokens."""
    metrics: Mapping[str, Metric]
    """What it measures on target test data; the same with `dev_` before on source dev data."""
    selection: str
    """The metric by which source dev data selects, and that Table 1 of the paper reports."""
    baselines: Mapping[str, Baseline]
    """What its scores stand beside, by the name that results give it for a model."""
    on_layers: tuple[str, ...] = ()
    """Metrics of heads on frozen layers; none where words are not what is labelled."""
    compare: str = ""
    """What the paper's figure of heads on frozen layers shows."""
    published: Mapping[str, tuple[float, float, float]] = MappingProxyType({})
    """Row of Table 1 -> the paper's `selection` in percent, English to French, Russian, Chinese."""
    quick: Mapping[str, Any] = MappingProxyType(
        {"batch_sizes": (32,), "learning_rates": (5e-4, 1e-3), "epochs": 5}
    )
    """The grid for small encoders: few settings with the larger rates that about a million
    parameters want; the schedule is linear."""

    def labels(self, train: Table) -> Labels:
        """Lists all that can be predicted: the labels of the training data."""
        return train.names[self.column]

    def unseen(self, table: Table, labels: Labels) -> Counter[str]:
        """Counts the labels that the training data lacks; they score as wrong."""
        counts = Counter(label for cell in table.strings(self.column) for label in cell)
        return Counter({label: count for label, count in counts.items() if label not in labels})

    def targets(self, table: Table, labels: Labels) -> list[Int[np.ndarray, " word"]]:
        """Numbers the labels as in `labels`; `UNKNOWN_TARGET` for those it lacks."""
        known = {label: i for i, label in enumerate(labels)}
        of_table = [known.get(label, UNKNOWN_TARGET) for label in table.names[self.column]]
        return [np.array(of_table, np.int32)[cell] for cell in table.columns[self.column]]

    def words(self, table: Table) -> list[int]:
        """Counts the words of each sentence that want a prediction."""
        return [len(cell) for cell in table.columns[self.column]]

    def contents(self, table: Table) -> str:
        """Says how much there is to score, in numbers that a file can be held against."""
        return f"{len(table):,} sentences, {sum(self.words(table)):,} words"

    def cut(self, table: Table, limits: Limits) -> int:
        """Counts the items that are so long that a part of them is never read."""
        del table, limits
        return 0

    @abstractmethod
    def answers(self, words: int, labels: Labels) -> tuple[int, ...]:
        """Counts the possible answers of each target of a word, in a sentence of so many words."""

    @abstractmethod
    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """Makes what the encoder reads, and what the head is to say of it."""

    @abstractmethod
    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Makes an untrained head."""

    @abstractmethod
    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """Reads predictions for words from one example of the head's output (NumPy arrays)."""

    @abstractmethod
    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Measures all metrics, by name."""

    def items(self, table: Table) -> list[str]:
        """Names what `scores` counts, in its order; the same in any vocabulary."""
        return [" ".join(words) for words in table.strings("words")]


class Classification(Task):
    """Items with one label each, from a linear layer: a word (`Tagging`), or a whole pair."""

    baselines = MappingProxyType({"majority": MAJORITY})

    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Makes dropout and one linear layer."""
        return LinearHead(model.width, len(labels), model.dropout, rngs)

    def answers(self, words: int, labels: Labels) -> tuple[int, ...]:
        """Counts the labels."""
        del words
        return (len(labels),)

    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """Reads the label of each word."""
        return output[row, :words, None].astype(np.int32)


class Tagging(Classification):
    """A classification of every word of a sentence, read at its first subword."""

    baselines = MappingProxyType({"majority": MAJORITY, "lookup": LOOKUP})

    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """Makes an example of each window of a sentence."""
        columns = (table.columns[name] for name in ("ids", "subwords"))
        sentences = zip(*columns, self.targets(table, labels), strict=True)
        return [
            example
            for i, (ids, subwords, target) in enumerate(sentences)
            for example in tagging_examples(ids, subwords, target[:, None], i, limits)
        ]

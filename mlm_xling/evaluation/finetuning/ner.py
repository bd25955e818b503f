"""Named entities, tagged at each word's first subword (METHOD.md section 5)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from flax import nnx
from jaxtyping import Int

from mlm_xling.config import ModelConfig
from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.examples import Example, tagging_examples
from mlm_xling.evaluation.finetuning.task import Labels, Limits, Predictions, Task
from mlm_xling.evaluation.metrics.ratio import Ratio
from mlm_xling.evaluation.metrics.spans import span_f1
from mlm_xling.model.heads import LinearHead


class EntityTagging(Task):
    """Words and BIO tags."""

    name, selection, column = "ner", "f1", "tags"

    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """One row for each window of a sentence."""
        columns = (table.columns[name] for name in ("ids", "subwords"))
        sentences = zip(*columns, self.targets(table, labels), strict=True)
        return [
            example
            for i, (ids, subwords, target) in enumerate(sentences)
            for example in tagging_examples(ids, subwords, target[:, None], i, limits.length)
        ]

    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Dropout and one linear layer."""
        return LinearHead(model.width, len(labels), model.dropout, rngs)

    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """The tag of each word."""
        return output[row, :words, None].astype(np.int32)

    def majority(self, train: Table, table: Table, labels: Labels) -> Predictions:
        """The most frequent tag."""
        best = np.bincount(np.concatenate(train.columns[self.column])).argmax()
        return [np.full((words, 1), best, np.int32) for words in self.words(table)]

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Span F1: repaired, strict, and by type."""
        said = [[labels[i] for i in of_sentence[:, 0]] for of_sentence in predictions]
        return span_f1(table.strings(self.column), said)

"""Natural language inference, read at the first token (METHOD.md section 5)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from flax import nnx
from jaxtyping import Int

from mlm_xling.config import ModelConfig
from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.examples import Example, pair_example
from mlm_xling.evaluation.finetuning.task import Labels, Limits, Predictions, Task
from mlm_xling.evaluation.metrics.ratio import Ratio, ratio
from mlm_xling.model.heads import LinearHead


class Inference(Task):
    """Pairs and one of three labels."""

    name, selection, column = "nli", "accuracy", "label"

    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """One row a pair."""
        columns = (table.columns[name] for name in ("premise", "hypothesis"))
        pairs = zip(*columns, self.targets(table, labels), strict=True)
        return [
            pair_example(premise, hypothesis, int(target[0]), i, limits.length)
            for i, (premise, hypothesis, target) in enumerate(pairs)
        ]

    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Dropout and one linear layer."""
        return LinearHead(model.width, len(labels), model.dropout, rngs)

    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """The label of the pair."""
        return output[row, :words, None].astype(np.int32)

    def majority(self, train: Table, table: Table, labels: Labels) -> Predictions:
        """The most frequent label."""
        best = np.bincount(np.concatenate(train.columns[self.column])).argmax()
        return [np.full((1, 1), best, np.int32) for _ in range(len(table))]

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Accuracy."""
        gold = self.targets(table, labels)
        right = [(float(a[0] == b[0, 0]), 1.0) for a, b in zip(gold, predictions, strict=True)]
        return {"accuracy": ratio(right)}

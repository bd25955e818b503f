"""Natural language inference, read at the first token (METHOD.md section 5)."""

from collections.abc import Sequence

import numpy as np

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.examples import Example, pair_example
from mlm_xling.evaluation.finetuning.task import Classification, Labels, Limits
from mlm_xling.evaluation.measures.ratio import Ratio, ratio


class Inference(Classification):
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

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Accuracy."""
        gold = self.targets(table, labels)
        right = [(float(a[0] == b[0, 0]), 1.0) for a, b in zip(gold, predictions, strict=True)]
        return {"accuracy": ratio(right)}

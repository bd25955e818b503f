"""Named entities, tagged at each word's first subword (METHOD.md section 5)."""

from collections.abc import Sequence

import numpy as np

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.examples import Example, tagging_examples
from mlm_xling.evaluation.finetuning.task import Classification, Labels, Limits
from mlm_xling.evaluation.measures.ratio import Ratio
from mlm_xling.evaluation.measures.spans import span_f1


class EntityTagging(Classification):
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

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Span F1: repaired, strict, and by type."""
        said = [[labels[i] for i in of_sentence[:, 0]] for of_sentence in predictions]
        return span_f1(table.strings(self.column), said)

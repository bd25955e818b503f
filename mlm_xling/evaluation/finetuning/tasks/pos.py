"""Universal part-of-speech tagging, from the same trees as parsing.

Source: Nivre et al., Universal Dependencies v2, LREC 2020.
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.evaluation.finetuning.task import Labels, Tagging
from mlm_xling.evaluation.measures.ratio import Ratio, ratio


class PartOfSpeech(Tagging):
    """Words and their universal tags."""

    name, title, kind, column = "pos", "POS", "trees", "upos"
    metrics = MappingProxyType({"accuracy": Metric("accuracy", percent=True)})
    selection, on_layers = "accuracy", ("accuracy",)

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Computes accuracy over words; a tag absent from training data is always wrong."""
        sentences = zip(self.targets(table, labels), predictions, strict=True)
        right = [(((a == b[:, 0]) & (a >= 0)).sum(), len(a)) for a, b in sentences]
        return {"accuracy": ratio(right)}


TASK = PartOfSpeech()

"""Named entity recognition, tagged at each word's first subword (docs/method.md section 5)."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.evaluation.finetuning.task import Labels, Tagging
from mlm_xling.evaluation.measures.ratio import Ratio
from mlm_xling.evaluation.measures.spans import span_f1, spans


class EntityTagging(Tagging):
    """Words and BIO tags."""

    name, title, kind, column = "ner", "NER", "entities", "tags"
    metrics = MappingProxyType(
        {
            "f1": Metric("F1", percent=True),
            "f1_strict": Metric("F1 without repair", percent=True),
        }
    )
    """Metrics over all types together; `f1_<type>` is added for each type."""
    selection, on_layers = "f1", ("f1",)
    compare = (
        "Compare with Figure 5 of the paper: there, middle layers transfer best, and a bilingual "
        "model needs little mapping."
    )
    published = MappingProxyType(
        {
            "default": (79.8, 60.9, 63.6),
            "wiki_cc": (74.0, 49.6, 61.9),
            "no_anchors": (74.0, 57.9, 65.0),
            "default_anchors": (76.8, 56.3, 61.2),
            "extra_anchors": (76.1, 59.7, 66.8),
            "sep_emb": (75.5, 57.5, 59.0),
            "sep_l1_3": (74.0, 53.3, 60.8),
            "sep_l1_6": (61.2, 23.7, 3.1),
            "sep_emb_l1_3": (73.8, 46.8, 53.5),
            "sep_emb_l1_6": (56.5, 5.4, 1.0),
        }
    )

    def contents(self, table: Table) -> str:
        """Also counts the entities, as found by the scorer."""
        entities = sum(len(spans(tags)) for tags in table.strings(self.column))
        return f"{super().contents(table)}, {entities:,} entities"

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Computes span F1: repaired, strict, and by type."""
        said = [[labels[i] for i in of_sentence[:, 0]] for of_sentence in predictions]
        return span_f1(table.strings(self.column), said)


TASK = EntityTagging()

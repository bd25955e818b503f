"""Natural language inference, read at the first token (docs/method.md section 5)."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.evaluation.finetuning.baselines import MAJORITY
from mlm_xling.evaluation.finetuning.examples import Example, pair_example, room
from mlm_xling.evaluation.finetuning.pair_baselines import DIFFERENCE, HYPOTHESIS_ONLY, OVERLAP
from mlm_xling.evaluation.finetuning.task import Classification, Labels
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.evaluation.measures.ratio import Ratio, ratio


class Inference(Classification):
    """Sentence pairs with one of three labels."""

    name, title, kind, column = "nli", "NLI", "pairs", "label"
    text = ("premise", "hypothesis")
    metrics = MappingProxyType({"accuracy": Metric("accuracy", percent=True)})
    selection = "accuracy"
    baselines = MappingProxyType(
        {
            "majority": MAJORITY,
            "hypothesis_only": HYPOTHESIS_ONLY,
            "overlap": OVERLAP,
            "difference": DIFFERENCE,
        }
    )
    quick = MappingProxyType({"batch_sizes": (32,), "learning_rates": (3e-4,), "epochs": 30})
    published = MappingProxyType(
        {
            "default": (73.6, 68.7, 68.3),
            "wiki_cc": (74.2, 65.8, 66.5),
            "no_anchors": (72.1, 67.5, 67.7),
            "default_anchors": (74.0, 68.1, 68.9),
            "extra_anchors": (74.0, 69.8, 72.1),
            "sep_emb": (72.7, 63.6, 60.8),
            "sep_l1_3": (72.4, 65.0, 63.1),
            "sep_l1_6": (61.9, 43.6, 37.4),
            "sep_emb_l1_3": (69.2, 61.7, 56.4),
            "sep_emb_l1_6": (51.6, 35.8, 34.4),
        }
    )

    def contents(self, table: Table) -> str:
        """Counts the pairs."""
        return f"{len(table):,} pairs"

    def cut(self, table: Table, limits: Limits) -> int:
        """Counts the pairs in which a sentence is truncated."""
        sides = (table.columns[name] for name in self.text)
        return sum(len(a) + len(b) > room(limits) for a, b in zip(*sides, strict=True))

    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """Creates an example for each pair."""
        columns = (table.columns[name] for name in self.text)
        pairs = zip(*columns, self.targets(table, labels), strict=True)
        return [
            pair_example(premise, hypothesis, int(target[0]), i, limits)
            for i, (premise, hypothesis, target) in enumerate(pairs)
        ]

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Computes accuracy; pairs of one premise are grouped, as they are dependent."""
        right = zip(self.targets(table, labels), predictions, strict=True)
        hits = np.array([gold[0] == said[0, 0] for gold, said in right], np.int64)
        counts = [(hits[pairs].sum(), len(pairs)) for pairs in _by_premise(table)]
        return {"accuracy": ratio(counts)}

    def items(self, table: Table) -> list[str]:
        """Identifies premises by their pairs' indices and labels: ids depend on the vocabulary."""
        labels = table.strings(self.column)
        return [" ".join(f"{i} {labels[i][0]}" for i in pairs) for pairs in _by_premise(table)]

    def sentences(self, table: Table) -> list[str]:
        """Identifies each pair by the digest of its sentences."""
        return [str(digest.tolist()) for digest in table.columns["digest"]]


def _by_premise(table: Table) -> list[list[int]]:
    """Returns the indices of the pairs of each premise."""
    pairs: dict[bytes, list[int]] = {}
    for number, premise in enumerate(table.columns["premise"]):
        pairs.setdefault(premise.tobytes(), []).append(number)
    return list(pairs.values())


TASK = Inference()

"""Dependency parsing with a deep biaffine head (docs/method.md section 5)."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from flax import nnx
from jaxtyping import Int

from mlm_xling.config import ModelConfig
from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.evaluation.finetuning.baselines import (
    Baseline,
    attachment_lookup,
    majority_attachment,
)
from mlm_xling.evaluation.finetuning.examples import Example, parsing_example
from mlm_xling.evaluation.finetuning.task import Labels, Task
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.evaluation.measures.arborescence import best_tree
from mlm_xling.evaluation.measures.attachment import Tree, attachment_scores
from mlm_xling.evaluation.measures.ratio import Ratio
from mlm_xling.model.heads import BiaffineParser

PUNCTUATION = frozenset({"PUNCT", "SYM"})
"""Universal part-of-speech tags of words excluded from LAS."""


class Parsing(Task):
    """Words, heads and relations."""

    name, title, kind, column = "parsing", "parsing", "trees", "relations"
    metrics = MappingProxyType(
        {
            "las": Metric("LAS", percent=True),
            "uas": Metric("UAS", percent=True),
            "clas": Metric("CLAS", percent=True),
            "las_punct": Metric("LAS with punctuation", percent=True),
            "uas_punct": Metric("UAS with punctuation", percent=True),
        }
    )
    selection, on_layers = "las", ("las", "uas")
    baselines = MappingProxyType(
        {
            "majority": Baseline(
                "the distance and relation of a head that are most frequent in the training data; "
                "the root where no word stands there",
                majority_attachment,
            ),
            "lookup": Baseline(
                "each word's most frequent distance and relation of a head in the training data; "
                "for a word not seen there, those of 'majority'",
                attachment_lookup,
                by_form=True,
            ),
        }
    )
    compare = "Compare with Figure 8 of the paper: there, middle layers transfer best."
    published = MappingProxyType(
        {
            "default": (73.2, 56.6, 28.8),
            "wiki_cc": (71.3, 54.8, 25.2),
            "no_anchors": (72.3, 56.2, 27.4),
            "default_anchors": (73.0, 57.0, 28.3),
            "extra_anchors": (73.3, 56.9, 29.2),
            "sep_emb": (71.7, 54.0, 27.5),
            "sep_l1_3": (69.7, 54.1, 26.4),
            "sep_l1_6": (61.7, 31.6, 12.0),
            "sep_emb_l1_3": (68.2, 53.6, 23.9),
            "sep_emb_l1_6": (50.9, 6.4, 1.5),
        }
    )

    def answers(self, words: int, labels: Labels) -> tuple[int, ...]:
        """Returns the number of heads, including the root, and of relations."""
        return words + 1, len(labels)

    def examples(self, table: Table, labels: Labels, limits: Limits) -> list[Example]:
        """Creates an example for each sentence."""
        columns = (table.columns[name] for name in ("ids", "subwords", "heads"))
        sentences = zip(*columns, self.targets(table, labels), strict=True)
        return [
            parsing_example(ids, subwords, np.stack([heads, relations], axis=1), i, limits)
            for i, (ids, subwords, heads, relations) in enumerate(sentences)
        ]

    def head(self, model: ModelConfig, labels: Labels, rngs: nnx.Rngs) -> nnx.Module:
        """Creates the biaffine head; its widths and dropout do not depend on the encoder's."""
        return BiaffineParser(model.width, len(labels), rngs)

    def decode(self, output: Any, row: int, words: int) -> Int[np.ndarray, "word target"]:
        """Returns the heads of the best tree, and the best relation to each."""
        heads = best_tree(output.arcs[row, :words, : words + 1])
        relations = output.relations[row, np.arange(words), heads]
        return np.stack([heads, relations], axis=1).astype(np.int32)

    def scores(
        self, table: Table, labels: Labels, predictions: Sequence[np.ndarray]
    ) -> dict[str, Ratio]:
        """Computes UAS and LAS without and with punctuation, and CLAS."""
        columns = zip(table.columns["heads"], table.strings(self.column), strict=True)
        gold = [Tree(heads, relations) for heads, relations in columns]
        said = [
            Tree(of_sentence[:, 0], [labels[i] if i >= 0 else "" for i in of_sentence[:, 1]])
            for of_sentence in predictions
        ]
        tags = table.strings("upos")
        punctuation = [np.array([tag in PUNCTUATION for tag in cell], bool) for cell in tags]
        return attachment_scores(gold, said, punctuation)


TASK = Parsing()

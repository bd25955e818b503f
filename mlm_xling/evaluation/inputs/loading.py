"""The files that evaluators read, all of them before anything is computed."""

from collections.abc import Iterable
from dataclasses import dataclass

from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.aligned_words import load_bitexts
from mlm_xling.evaluation.inputs.bitext import Bitext
from mlm_xling.evaluation.inputs.labelled_pairs import LabelledPair, load_labelled_pair
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, load_retrieval_rows, load_rows
from mlm_xling.evaluation.inputs.translations import Dictionary, load_dictionaries
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.lab import with_local_files

ON_ROWS = ("cka", "similarity", "retrieval")
ON_WORDS = ("lexicon",)
ON_LABELLED = {"contextual_ner": "ner", "contextual_parsing": "parsing"}
"""Evaluator -> task; what `nli`, `ner` and `parsing` read they prepare themselves."""
ON_BITEXT = ("contextual", *ON_LABELLED)


@dataclass(frozen=True)
class Inputs:
    """What was read; None for what no evaluator asked for."""

    rows: ParallelRows | None = None
    searched: dict[str, ParallelRows] | None = None
    dictionaries: dict[str, Dictionary] | None = None
    bitexts: dict[str, Bitext] | None = None
    labelled: dict[str, LabelledPair] | None = None

    def parallel_rows(self) -> ParallelRows:
        """Parallel sentences."""
        assert self.rows is not None
        return self.rows

    def retrieval_rows(self) -> dict[str, ParallelRows]:
        """The sentences in which retrieval searches, by target."""
        assert self.searched is not None
        return self.searched

    def translations(self) -> dict[str, Dictionary]:
        """Dictionaries by target."""
        assert self.dictionaries is not None
        return self.dictionaries

    def aligned_words(self) -> dict[str, Bitext]:
        """Parallel sentences with linked words, by target."""
        assert self.bitexts is not None
        return self.bitexts

    def labelled_pair(self, task: str) -> LabelledPair:
        """Labelled sentences of the source for a task, and of the targets in `aligned_words`."""
        assert self.labelled is not None
        return self.labelled[task]

    @property
    def warnings(self) -> list[str]:
        """What the user should know, a line each."""
        all_rows = [*([self.rows] if self.rows else []), *(self.searched or {}).values()]
        return list(dict.fromkeys(rows.warning for rows in all_rows if rows.warning))


def load_inputs(names: Iterable[str], source: Pretrained, target: Pretrained) -> Inputs:
    """Reads what the named evaluators need for two models, or twice the same one.

    Raises:
      InputError: the models cannot be compared, or a file is missing or damaged.
    """
    names = set(names)
    together = source is target
    source = source._replace(config=with_local_files(source.config))
    target = source if together else target._replace(config=with_local_files(target.config))
    layers, others = source.config.model.layers, target.config.model.layers
    if layers != others:
        raise InputError(
            f"--target_workdir: its model has {others} layers, that of --workdir {layers}; "
            "layers are compared one by one"
        )
    rows = load_rows(source, target) if names & set(ON_ROWS) else None
    searched = None
    if rows is not None and "retrieval" in names:
        searched = load_retrieval_rows(source, target, rows)
    dictionaries = load_dictionaries(source, target) if names & set(ON_WORDS) else None
    bitexts = load_bitexts(source, target) if names & set(ON_BITEXT) else None
    labelled = {
        task: load_labelled_pair(task, source, target, tuple(bitexts or ()))
        for name, task in ON_LABELLED.items()
        if name in names
    }
    return Inputs(rows, searched, dictionaries, bitexts, labelled)

"""The parallel sentences that evaluators use, and how far pretraining has seen them."""

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from mlm_xling.data.manifest import Prepared, read_manifest
from mlm_xling.data.parallel import (
    Columns,
    ParallelText,
    column_of,
    evaluation_rows,
    paraphrase_of,
    read_parallel,
    without_column,
)
from mlm_xling.data.seen import seen_in_training
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.word_order import reordered

FEWEST = 4
"""Debiased CKA is not defined on fewer pairs."""
ENOUGH_TO_FIT = 2
"""Pairs for each dimension."""
ENOUGH = 0.5
"""Pairs that pretraining saw are left out if at least this share of the pairs remains."""


@dataclass(frozen=True)
class ParallelRows:
    """Row i of every language says the same thing; the first language is the source."""

    test: dict[str, list[str]]
    """Measured on."""
    fit: dict[str, list[str]]
    """Disjoint from `test`: means and maps are estimated here."""
    seen: dict[str, list[bool]] | None = None
    """Whether each test sentence occurs in the pretraining text; None where that is unknown."""

    @property
    def source(self) -> str:
        """The language that all others are compared with."""
        return next(iter(self.test))

    @property
    def targets(self) -> tuple[str, ...]:
        """The other languages; `en'` is English again, see `target_names`."""
        return tuple(self.test)[1:]

    def pairs(self, target: str) -> list[str]:
        """Lists the test pairs of the source and a target, a text each."""
        return list(map("\t".join, zip(self.test[self.source], self.test[target], strict=True)))

    def seen_fraction(self, source: str, target: str) -> float | None:
        """Gives the fraction of the test pairs of which pretraining has seen either sentence."""
        if self.seen is None:
            return None
        return float(np.mean(np.logical_or(self.seen[source], self.seen[target])))


def target_names(source: Pretrained, target: Pretrained) -> tuple[str, ...]:
    """Names what is compared with the first language of `source`.

    In one model: its other languages, and the first one's paraphrases if the file has them. Of a
    second model: all its languages; the one that `source` begins with is called `en'`.
    """
    first = source.config.languages[0]
    if source is target:
        return (*source.config.languages[1:], paraphrase_of(first))
    return tuple(paraphrase_of(name) if name == first else name for name in target.config.languages)


def language_of(name: str) -> str:
    """Takes the mark of a paraphrase off a name of `target_names`."""
    return name.removesuffix("'")


def parallel_rows(inputs: Inputs) -> ParallelRows:
    """Reads `config.data.parallel` of the source and keeps what was held out of pretraining.

    Languages without a column are left out. Pairs with a sentence of the pretraining text are left
    out. If fewer than half would remain (the file was not named at pretraining), all are kept,
    and a warning says so.

    Raises:
      InputError: one language only, no parallel file, no pair of languages in it, or
        `evaluation_rows` refuses it.
    """
    source, target, config = inputs.source, inputs.target, inputs.source.config
    if inputs.together and len(config.languages) < 2:
        raise InputError(
            "config.languages: these evaluators compare at least two languages; "
            "name a second model (--target_workdir, target=)"
        )
    text = inputs[parallel_text]
    chosen = evaluation_rows(text, config.evaluation.pairs, config.evaluation.fit_pairs)
    test, fit = (columns_of_models(columns, source, target) for columns in chosen)
    first, there = config.languages[0], ", ".join(chosen[0])
    if first not in test:
        raise InputError(
            f"{text.name}:1: no column {first!r}, the language that others are compared with; "
            f"there are {there}"
        )
    if len(test) < 2:
        raise InputError(
            f"{text.name}:1: no column of a second language of the model; there are {there}"
        )
    names = dict.fromkeys((*config.languages, *target.config.languages))
    for name in without_column(list(names), text):
        inputs.warn(f"{text.name}: no column {name!r}; nothing is measured on sentences of it")
    return judged(ParallelRows(test, fit), inputs)


def underdetermined(
    fitted: int,
    width: int,
    field: str = "config.evaluation.fit_pairs, or shrink them (config.evaluation.shrunk_maps)",
) -> str | None:
    """Warns where a map is fitted on too few pairs for the width (docs/method.md section 6)."""
    if not fitted or fitted >= ENOUGH_TO_FIT * width:
        return None
    return (
        f"Procrustes maps are fitted on {fitted:,} pairs, less than {ENOUGH_TO_FIT} x the width "
        f"{width}: they are not determined, and mapped figures are too low; raise {field}"
    )


def parallel_text(inputs: Inputs) -> ParallelText:
    """Reads the file of parallel sentences, `config.data.parallel`.

    Raises:
      InputError: none is named, or it is missing or damaged.
    """
    parallel = inputs.source.config.data.parallel
    if not parallel:
        raise InputError("config.data.parallel: evaluators need a file of parallel sentences")
    return read_parallel(Path(parallel).expanduser())


def columns_of_models(columns: Columns, source: Pretrained, target: Pretrained) -> Columns:
    """Picks the columns that can be compared, named as of `target_names`, the source first.

    Of two models of one language both read the same column if there are no paraphrases.
    """
    first = source.config.languages[0]
    found = {first: column_of(first, columns)}
    for name in target_names(source, target):
        found[name] = column_of(name, columns)
        if found[name] is None and source is not target:
            found[name] = column_of(language_of(name), columns)
    if found[first] is None:
        return {}
    return {name: columns[column] for name, column in found.items() if column}


def seen_sentences(inputs: Inputs, columns: Columns) -> dict[str, list[bool]] | None:
    """Tells for each sentence whether the pretraining text of its model holds it, or the text of a
    run that it began with.

    Args:
      columns: as of `columns_of_models`, the source first.

    Returns:
      None, after a warning, where the prepared text of a model is gone.
    """
    source, *targets = columns
    of_text: dict[Path | None, list[str]] = {}
    for model, names in ((inputs.source, [source]), (inputs.target, targets)):
        for directory in dict.fromkeys((model.data_dir, *model.earlier_data)):
            of_text.setdefault(directory, []).extend(names)
    seen = {name: [False] * len(lines) for name, lines in columns.items()}
    for directory, names in of_text.items():
        if directory is None:
            _warn_of_missing_text(inputs)
            return None
        prepared = Prepared(directory, read_manifest(directory))
        found = iter(seen_in_training(prepared, [line for name in names for line in columns[name]]))
        for name in names:
            now = islice(found, len(columns[name]))
            seen[name] = [any(both) for both in zip(seen[name], now, strict=True)]
    return seen


def _warn_of_missing_text(inputs: Inputs) -> None:
    gone = "the prepared text of this run is gone"
    if inputs.source.config.origin or inputs.target.config.origin:
        gone = "pretraining was not done here"
    inputs.warn(f"{gone}: unknown whether it held the pairs")


def in_word_order(columns: Columns) -> Columns:
    """Puts sentences in the order that their languages have their words in (`word_order`)."""
    return {
        name: [reordered(line, language_of(name)) for line in lines]
        for name, lines in columns.items()
    }


def judged(rows: ParallelRows, inputs: Inputs) -> ParallelRows:
    """Puts sentences into the order of their languages, and adds what pretraining saw of them.

    What it saw is left out where enough remains; else a warning says so.
    """
    seen = seen_sentences(inputs, rows.test)
    known = rows if seen is None else _without_seen(replace(rows, seen=seen), inputs)
    return replace(known, test=in_word_order(known.test), fit=in_word_order(known.fit))


def _without_seen(rows: ParallelRows, inputs: Inputs) -> ParallelRows:
    assert rows.seen is not None
    clean = np.flatnonzero(~np.any(list(rows.seen.values()), axis=0))
    total = len(rows.test[rows.source])
    if len(clean) == total:
        return rows
    if len(clean) < max(FEWEST, ENOUGH * total):
        inputs.warn(
            f"pretraining saw {total - len(clean)} of the {total} pairs; all are used. "
            "Name the file as config.data.parallel at pretraining to hold it out."
        )
        return rows
    test = {name: [sentences[i] for i in clean] for name, sentences in rows.test.items()}
    unseen = {name: [False] * len(clean) for name in rows.test}
    inputs.warn(f"{total - len(clean)} of the {total} pairs were seen in pretraining and left out")
    return ParallelRows(test, rows.fit, unseen)

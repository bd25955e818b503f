"""The parallel sentences that evaluators use, and which of them pretraining has seen."""

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
from mlm_xling.languages import spelling
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.word_order import reordered

MIN_PAIRS = 4
"""Debiased CKA is undefined for fewer pairs."""
PAIRS_PER_DIMENSION = 2
"""Number of pairs per dimension."""
MIN_UNSEEN = 0.5
"""Pairs that pretraining saw are dropped if at least this share of the pairs remains."""


@dataclass(frozen=True)
class ParallelRows:
    """Row i has the same meaning in every language; the first language is the source."""

    test: dict[str, list[str]]
    """Sentences to measure on."""
    fit: dict[str, list[str]]
    """Disjoint from `test`; used to estimate means and maps."""
    seen: dict[str, list[bool]] | None = None
    """Whether each test sentence occurs in the pretraining text; None if unknown."""

    @property
    def source(self) -> str:
        """The language with which all others are compared."""
        return next(iter(self.test))

    @property
    def targets(self) -> tuple[str, ...]:
        """The other languages; `en'` denotes English paraphrases, see `target_names`."""
        return tuple(self.test)[1:]

    def pairs(self, target: str) -> list[str]:
        """Returns the test pairs of the source and a target, one string each."""
        return list(map("\t".join, zip(self.test[self.source], self.test[target], strict=True)))

    def seen_fraction(self, source: str, target: str) -> float | None:
        """Returns the share of test pairs of which pretraining has seen either sentence."""
        if self.seen is None:
            return None
        return float(np.mean(np.logical_or(self.seen[source], self.seen[target])))


def target_names(source: Pretrained, target: Pretrained) -> tuple[str, ...]:
    """Returns the names of what is compared with the first language of `source`.

    Within one model: its other languages, and paraphrases of the first if the file has them. For a
    second model: all its languages. What is compared with its own language has a mark: `en'`.
    """
    first = source.config.languages[0]
    if source is target:
        return (*source.config.languages[1:], marked(first))
    return tuple(marked(name) if name == first else name for name in target.config.languages)


def marked(language: str) -> str:
    """Returns the name for other sentences, or another model's vectors, of the first language."""
    return f"{language}'"


def language_of(name: str) -> str:
    """Strips the mark from a name of `target_names`."""
    return name.removesuffix("'")


def parallel_rows(inputs: Inputs) -> ParallelRows:
    """Reads `config.data.parallel` of the source, and drops pairs that pretraining saw.

    Languages without a column are skipped. Pairs with a sentence of the pretraining text are
    dropped, unless fewer than half would remain (the file was not specified at pretraining): then
    all are kept, with a warning.

    Raises:
      InputError: there is only one language, no parallel file, or no pair of languages in it, or
        `evaluation_rows` rejects it.
    """
    source, target, config = inputs.source, inputs.target, inputs.source.config
    if inputs.together and len(config.languages) < 2:
        raise InputError(
            "config.languages: these evaluators compare at least two languages; "
            "name a second model (--target_workdir, target=)"
        )
    text = inputs[parallel_text]
    _require_columns(text, source, target)
    chosen = evaluation_rows(text, config.evaluation.pairs, config.evaluation.fit_pairs)
    test, fit = (columns_of_models(columns, source, target) for columns in chosen)
    warn_of_missing_columns(inputs)
    return judged(ParallelRows(test, fit), inputs)


def warn_of_missing_columns(inputs: Inputs) -> None:
    """Warns of each language of the models without a column of parallel sentences."""
    text, models = inputs[parallel_text], (inputs.source, inputs.target)
    names = dict.fromkeys(name for model in models for name in model.config.languages)
    for name in without_column(list(names), text):
        inputs.warn(f"{text.name}: no column {name!r}; nothing is measured on sentences of it")


def _require_columns(text: ParallelText, source: Pretrained, target: Pretrained) -> None:
    """Raises `InputError` unless there are columns of the first language and of another one."""
    columns = columns_of_models({name: [] for name in text.header}, source, target)
    first, there = source.config.languages[0], ", ".join(text.header)
    if first not in columns:
        raise InputError(
            f"{text.name}:1: no column {first!r}, the language that others are compared with; "
            f"there are {there}"
        )
    if len(columns) < 2:
        raise InputError(
            f"{text.name}:1: no column of a second language of the model; there are {there}"
        )


def underdetermined(
    fitted: int,
    width: int,
    field: str = "config.evaluation.fit_pairs, or shrink them (config.evaluation.shrunk_maps)",
) -> str | None:
    """Returns a warning if a map has too few pairs for its width (docs/method.md section 6)."""
    if not fitted or fitted >= PAIRS_PER_DIMENSION * width:
        return None
    return (
        f"Procrustes maps are fitted on {fitted:,} pairs, less than {PAIRS_PER_DIMENSION} x the "
        f"width {width}: they are not determined, and mapped figures are too low; raise {field}"
    )


def parallel_text(inputs: Inputs) -> ParallelText:
    """Reads the file of parallel sentences, `config.data.parallel`.

    Raises:
      InputError: no file is specified, or it is missing or damaged.
    """
    parallel = inputs.source.config.data.parallel
    if not parallel:
        raise InputError("config.data.parallel: evaluators need a file of parallel sentences")
    return read_parallel(Path(parallel).expanduser())


def columns_of_models(columns: Columns, source: Pretrained, target: Pretrained) -> Columns:
    """Selects the columns to compare, named as in `target_names`, source first.

    Two models of one language both read the same column if there are no paraphrases.
    """
    first = source.config.languages[0]
    own = column_of(first, columns)
    if own is None:
        return {}
    paraphrases = spelling(paraphrase_of(first), columns)
    if source is target:  # A copy of a language may itself read the paraphrases.
        again = None if paraphrases == own else paraphrases
    else:
        again = paraphrases or own
    found = {first: own} | {
        name: again if name == marked(first) else column_of(name, columns)
        for name in target_names(source, target)
    }
    return {name: columns[column] for name, column in found.items() if column}


def seen_sentences(inputs: Inputs, columns: Columns) -> dict[str, list[bool]] | None:
    """Returns for each sentence whether its model's pretraining text contains it.

    That includes the text of runs from which the model's run was initialised.

    Args:
      columns: result of `columns_of_models`, source first.

    Returns:
      None, with a warning, if the prepared text of a model no longer exists.
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
    """Reorders the words of sentences as their languages require (`word_order`)."""
    return {
        name: [reordered(line, language_of(name)) for line in lines]
        for name, lines in columns.items()
    }


def judged(rows: ParallelRows, inputs: Inputs) -> ParallelRows:
    """Reorders sentences as their languages require, and adds which of them pretraining saw.

    Those that it saw are dropped if enough remain; else there is a warning.
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
    if len(clean) < max(MIN_PAIRS, MIN_UNSEEN * total):
        inputs.warn(
            f"pretraining saw {total - len(clean)} of the {total} pairs; all are used. "
            "Name the file as config.data.parallel at pretraining to hold it out."
        )
        return rows
    test = {name: [sentences[i] for i in clean] for name, sentences in rows.test.items()}
    unseen = {name: [False] * len(clean) for name in rows.test}
    inputs.warn(f"{total - len(clean)} of the {total} pairs were seen in pretraining and left out")
    return ParallelRows(test, rows.fit, unseen)

"""Pairs for retrieval: those of `data.parallel`, or separate files (`config.data.retrieval`)."""

from dataclasses import replace
from itertools import compress
from pathlib import Path

from mlm_xling.data.parallel import Columns, all_rows, read_parallel
from mlm_xling.data.text import sentence_hash
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import (
    MIN_PAIRS,
    ParallelRows,
    columns_of_models,
    judged,
    marked,
    parallel_rows,
    underdetermined,
)


def retrieval_rows(inputs: Inputs) -> dict[str, ParallelRows]:
    """Reads the pairs for retrieval, by target: from `config.data.retrieval` if specified.

    Otherwise they are those of `parallel_rows`. With separate files to search (Tatoeba), all of
    `parallel_rows` are used to fit maps, except those with a sentence that is searched.

    Languages without a separate file are skipped, with a warning.

    Raises:
      InputError: a file is missing or damaged, or has no pair of the models' languages, fewer than
        `MIN_PAIRS` rows, a language that another file has, or so many of `parallel_rows` that too
        few are left to fit maps.
    """
    rows, config = inputs[parallel_rows], inputs.source.config
    found = _searched(inputs) or dict.fromkeys(rows.targets, rows)
    for target in rows.targets:
        if target not in found and target != marked(rows.source):
            inputs.warn(f"config.data.retrieval: no column {target!r}; it is not searched")
    for of_target in found.values():
        if warning := underdetermined(len(of_target.fit[rows.source]), config.model.width):
            inputs.warn(warning)
    return found


def _searched(inputs: Inputs) -> dict[str, ParallelRows]:
    """Finds the file of each target: that with its column, else the first.

    Targets without a column, such as a copy of the first language, read that of the first language,
    which all files have.
    """
    source, files = inputs[parallel_rows].source, inputs.source.config.data.retrieval
    first: dict[str, ParallelRows] = {}
    found: dict[str, ParallelRows] = {}
    for path in (Path(name).expanduser() for name in files):
        columns = _searched_columns(inputs, path)
        given = [name for name in columns if columns[name] != columns[source]]
        if twice := sorted(found.keys() & set(given)):
            raise InputError(
                f"config.data.retrieval: {path} and a file before it have a column {twice[0]!r}; "
                "give each language in one of them"
            )
        searched = _searched_rows(inputs, path, columns)
        for target in searched.targets:
            first.setdefault(target, searched)
        found |= dict.fromkeys(given, searched)
    return first | found


def _searched_columns(inputs: Inputs, path: Path) -> Columns:
    rows = inputs[parallel_rows]
    text = read_parallel(path, "config.data.retrieval")
    columns = all_rows(text, inputs.source.config.evaluation.pairs)
    test = columns_of_models(columns, inputs.source, inputs.target)
    test = {language: test[language] for language in test if language in rows.test}
    if len(test) < 2 or next(iter(test)) != rows.source:
        raise InputError(
            f"{path}:1: needs a column {rows.source!r} and one of "
            f"{', '.join(rows.targets)}; there are {', '.join(columns)}"
        )
    if len(test[rows.source]) < MIN_PAIRS:
        raise InputError(
            f"{path}: {len(test[rows.source])} of {len(text.rows)} rows are complete and have no "
            f"sentence twice; at least {MIN_PAIRS} are searched"
        )
    return test


def _searched_rows(inputs: Inputs, path: Path, columns: Columns) -> ParallelRows:
    """Adds the pairs that maps are fitted on to the columns that are searched."""
    rows = inputs[parallel_rows]
    searched = judged(ParallelRows(columns, {}), inputs)
    pairs = {name: rows.test[name] + rows.fit[name] for name in rows.test}
    fit = _without_tested(pairs, searched.test)
    total, left = len(pairs[rows.source]), len(fit[rows.source])
    if left < min(MIN_PAIRS, total):
        raise InputError(
            f"{path}: holds all but {left} of the {total} pairs of config.data.parallel, on which "
            "maps are fitted; name another file of parallel sentences for one of both"
        )
    if left < total:
        inputs.say(
            f"{path.name}: {total - left:,} of the {total:,} pairs that maps are fitted on "
            "have a sentence of it and were left out"
        )
    return replace(searched, fit=fit)


def _without_tested(fit: Columns, test: Columns) -> Columns:
    """Drops rows with a tested sentence, compared by the same hash as held-out text."""
    tested = [(name, set(map(sentence_hash, lines))) for name, lines in test.items()]
    kept = [
        not any(sentence_hash(fit[name][row]) in hashes for name, hashes in tested)
        for row in range(len(fit[tested[0][0]]))
    ]
    return {name: list(compress(lines, kept)) for name, lines in fit.items()}

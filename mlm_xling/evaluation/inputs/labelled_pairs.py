"""Labelled data, for fine-tuning one model or for a head that reads two."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from mlm_xling.data.labelled import Table
from mlm_xling.data.location import Location
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.aligned_words import MIN_PAIRS, aligned_words, words_to_align
from mlm_xling.evaluation.inputs.bitext import Bitext
from mlm_xling.evaluation.inputs.loading import Inputs, Need
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.preparation.prepare_labelled import locations, prepare_labelled

_MOST_WORDS = 2_000
"""Number of words of a sentence above which it is probably several."""


class LabelledPair(NamedTuple):
    """Tables in the ids of the model that reads them."""

    source: dict[str, Table]
    """The source's tables: `train-<source>` and `dev-<source>`."""
    tests: dict[str, Table]
    """The test table of each target, named as in `target_names`."""
    aligned: dict[str, Bitext]
    """The aligned words of each target, without sentences of its test table."""


@cache
def labelled(task: str, kind: str) -> Need:
    """Creates the need for a task's fine-tuning data: the tables of `prepare_labelled`."""

    def read(inputs: Inputs) -> dict[str, Table]:
        tables = prepare_labelled(inputs.source.config, task, kind, inputs.source.vocabulary)
        _warn_of_long_sentences(inputs, task, tables)
        return tables

    return read


@cache
def labelled_places(task: str, kind: str) -> Need:
    """Creates the check for the data of `labelled`: the `Location`s of its files."""

    def find(inputs: Inputs) -> list[Location]:
        return locations(inputs.source.config, task, kind)

    return find


@cache
def labelled_pair(task: str, kind: str) -> Need:
    """Creates the need for a head's training and test data, a `LabelledPair`.

    The head reads the source's states; locations are those of the source's configuration.

    It is tested on the targets with aligned words (which fit a map), restricted to
    `evaluation.finetuning.targets` if given.

    Raises (when it is read):
      InputError: no target remains, labelled data is missing or bad, or aligned words are those of
        the test data.
    """

    def read(inputs: Inputs) -> LabelledPair:
        config, names = inputs.source.config, _tested(inputs)
        tests = prepare_labelled(config, task, kind, inputs.target.vocabulary, _tests(names))
        own = prepare_labelled(config, task, kind, inputs.source.vocabulary, _own(inputs))
        _warn_of_long_sentences(inputs, task, {**own, **tests})
        tested = {name: tests[f"test-{language_of(name)}"] for name in names}
        return LabelledPair(
            own,
            tested,
            {name: _untested(inputs, name, table, task) for name, table in tested.items()},
        )

    return read


@cache
def labelled_pair_places(task: str, kind: str) -> Need:
    """Creates the check for the data of `labelled_pair`: the `Location`s of its files."""

    def find(inputs: Inputs) -> list[Location]:
        wanted = [*_own(inputs), *_tests(_tested(inputs))]
        return locations(inputs.source.config, task, kind, wanted)

    return find


def _warn_of_long_sentences(inputs: Inputs, task: str, tables: dict[str, Table]) -> None:
    """Warns of a file that was read as one sentence or a few; most of them would not be read."""
    for name, table in tables.items():
        longest = max(map(len, table.columns.get("words", ())), default=0)
        if longest > _MOST_WORDS:
            inputs.warn(
                f"{task}: {name} has a sentence of {longest:,} words; are blank lines between "
                "sentences missing?"
            )


def _untested(inputs: Inputs, name: str, test: Table, task: str) -> Bitext:
    """Leaves out of a target's aligned pairs those that a head is tested on.

    A map fitted on the very words that are tested would do better than on others.
    """
    aligned = inputs[aligned_words][name]
    left = aligned.without_targets(test.strings("words"))
    total, kept = len(aligned.target), len(left.target)
    if left.linked_words(tested=False) < MIN_PAIRS:
        raise InputError(
            f"{task}: its test data has {total - kept:,} of the {total:,} aligned sentences of "
            f"{name}, and too few are left to fit a map; align others "
            "(config.evaluation.contextual.bitext)"
        )
    if kept < total:
        inputs.say(
            f"{task}: its test data has {total - kept:,} of the {total:,} aligned sentences of "
            f"{name}, which were left out of its map"
        )
    return left


def _own(inputs: Inputs) -> list[tuple[str, str]]:
    """Returns the (split, language) pairs that the head is trained on."""
    first = inputs.source.config.languages[0]
    return [("train", first), ("dev", first)]


def _tests(names: Iterable[str]) -> list[tuple[str, str]]:
    return [("test", language) for language in dict.fromkeys(map(language_of, names))]


def _tested(inputs: Inputs) -> list[str]:
    """Returns the targets that a head is tested on."""
    config, aligned = inputs.source.config, inputs[words_to_align]
    first, field = config.languages[0], "config.evaluation.finetuning"
    if config.source_language != first:
        raise InputError(
            f"{field}.source={config.source_language}: heads on frozen layers are trained in the "
            f"first language, {first}"
        )
    wanted = config.evaluation.finetuning.targets
    if not wanted:
        wanted = config.languages[1:] if inputs.together else aligned
    names = [name for name in aligned if name in wanted]
    if not names:
        raise InputError(
            f"{field}.targets={','.join(wanted)}: no aligned words, which there are for "
            f"{', '.join(aligned)}"
        )
    return names

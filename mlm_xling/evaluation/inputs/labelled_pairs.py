"""Labelled sentences: for one model to be fine-tuned on, or for a head that reads two."""

from functools import cache
from typing import NamedTuple

from mlm_xling.data.labelled import Table
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.aligned_words import aligned_words
from mlm_xling.evaluation.inputs.loading import Inputs, Need
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.preparation.prepare_labelled import Labelled, prepare_labelled, source_language


class LabelledPair(NamedTuple):
    """Tables in the ids of the model that reads them."""

    source: Labelled
    """`train-<source>` and `dev-<source>`."""
    tests: dict[str, Table]
    """By target, named as of `target_names`."""


@cache
def labelled(task: str, kind: str) -> Need:
    """Makes the need of a task's data for fine-tuning: a `Labelled`."""

    def read(inputs: Inputs) -> Labelled:
        return prepare_labelled(inputs.source.config, task, kind, inputs.source.vocabulary)

    return read


@cache
def labelled_pair(task: str, kind: str) -> Need:
    """Makes the need of what a head on the source's states learns and is tested on: a
    `LabelledPair`, from the locations of the source's configuration.

    Those of the targets with aligned words (which fit a map) are tested that
    `evaluation.finetuning.targets` names, or all.

    Raises (when it is read):
      InputError: no target is left, or labelled data is missing or bad.
    """

    def read(inputs: Inputs) -> LabelledPair:
        config, names = inputs.source.config, _tested(inputs)
        first = config.languages[0]
        tests = [("test", language) for language in dict.fromkeys(map(language_of, names))]
        tables = prepare_labelled(config, task, kind, inputs.target.vocabulary, tests).tables
        own = [("train", first), ("dev", first)]
        return LabelledPair(
            prepare_labelled(config, task, kind, inputs.source.vocabulary, own),
            {name: tables[f"test-{language_of(name)}"] for name in names},
        )

    return read


def _tested(inputs: Inputs) -> list[str]:
    """The targets that a head is tested on."""
    config, aligned = inputs.source.config, tuple(inputs[aligned_words])
    first, field = config.languages[0], "config.evaluation.finetuning"
    if source_language(config) != first:
        raise InputError(
            f"{field}.source={source_language(config)}: heads on frozen layers are trained in the "
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

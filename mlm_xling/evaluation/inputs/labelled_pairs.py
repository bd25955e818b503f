"""Labelled sentences for two models: the source's to train a head on, the target's to test it."""

from collections.abc import Sequence
from typing import NamedTuple

from mlm_xling.data.labelled import Table
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.parallel_rows import language_of
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.prepare_labelled import Labelled, prepare_labelled, source_language


class LabelledPair(NamedTuple):
    """Tables in the ids of the model that reads them."""

    source: Labelled
    """`train-<source>` and `dev-<source>`."""
    tests: dict[str, Table]
    """By target, named as of `target_names`."""


def load_labelled_pair(
    task: str, source: Pretrained, target: Pretrained, aligned: Sequence[str]
) -> LabelledPair:
    """Prepares what a head on the source's states needs, from the locations of the source's config.

    Args:
      aligned: the targets that have aligned words, to fit a map; of these those are tested that
        `evaluation.finetuning.targets` names, or all.

    Raises:
      InputError: no target is left, or labelled data is missing or bad.
    """
    config = source.config
    first, field = config.languages[0], "config.evaluation.finetuning"
    if source_language(config) != first:
        raise InputError(
            f"{field}.source={source_language(config)}: heads on frozen layers are trained in the "
            f"first language, {first}"
        )
    wanted = config.evaluation.finetuning.targets
    if not wanted:
        wanted = config.languages[1:] if source is target else aligned
    names = [name for name in aligned if name in wanted]
    if not names:
        raise InputError(
            f"{field}.targets={','.join(wanted)}: no aligned words, which there are for "
            f"{', '.join(aligned)}"
        )
    tests = [("test", language) for language in dict.fromkeys(map(language_of, names))]
    tables = prepare_labelled(config, task, target.vocabulary, tests).tables
    return LabelledPair(
        prepare_labelled(config, task, source.vocabulary, [("train", first), ("dev", first)]),
        {name: tables[f"test-{language_of(name)}"] for name in names},
    )

"""Aligned words for two models, from a file or from parallel sentences."""

from pathlib import Path

from mlm_xling.config import Config
from mlm_xling.data.parallel import all_rows
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.bitext import Bitext, aligned, read_bitext, with_eflomal
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import (
    columns_of_models,
    language_of,
    parallel_text,
    target_names,
)
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.words import split_words

FEWEST = 20
"""Pairs, and linked words, at least; a tenth of the pairs test the map."""


def aligned_words(inputs: Inputs) -> dict[str, Bitext]:
    """Reads parallel sentences with one-to-one links between their words, by target.

    Raises:
      InputError: a file is missing or damaged, names no pair of the models' languages, or has too
        few pairs; or the aligner is missing.
    """
    config = inputs.source.config
    if config.evaluation.contextual.bitext:
        found = {_only_target(inputs.source, inputs.target): _read(config)}
    else:
        found = _from_rows(inputs)
    for bitext in found.values():
        if len(bitext.source) < FEWEST:
            raise InputError(
                f"config.evaluation.contextual: {len(bitext.source)} aligned sentences, too few; "
                f"at least {FEWEST}"
            )
        if (linked := sum(map(len, bitext.links))) < FEWEST:
            raise InputError(
                f"config.evaluation.contextual: {linked} linked words, too few; at least {FEWEST}"
            )
    return found


def _only_target(source: Pretrained, target: Pretrained) -> str:
    first = source.config.languages[0]
    names = [name for name in target_names(source, target) if name != f"{first}'"]
    if len(names) != 1:
        raise InputError(
            "config.evaluation.contextual.bitext: aligns one pair, but the models have "
            f"{', '.join((first, *names))}; leave it out to align the pairs of config.data.parallel"
        )
    return names[0]


def _read(config: Config) -> Bitext:
    contextual = config.evaluation.contextual
    links = Path(contextual.links).expanduser() if contextual.links else None
    return read_bitext(Path(contextual.bitext).expanduser(), links, with_eflomal, contextual.pairs)


def _from_rows(inputs: Inputs) -> dict[str, Bitext]:
    """Aligns the pairs beyond those that sentences are tested on."""
    config = inputs.source.config
    text = inputs[parallel_text]
    tested = config.evaluation.pairs
    columns = all_rows(text, tested + config.evaluation.contextual.pairs)
    columns = columns_of_models(columns, inputs.source, inputs.target)
    if len(columns) < 2:
        raise InputError(f"{text.name}:1: no columns of two languages of the models")
    first, *others = (
        [split_words(line, language_of(name)) for line in lines[tested:]]
        for name, lines in columns.items()
    )
    return {
        name: aligned(first, other, with_eflomal)
        for name, other in zip(list(columns)[1:], others, strict=True)
    }

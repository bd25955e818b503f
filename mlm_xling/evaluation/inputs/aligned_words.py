"""Aligned words for two models, from a file or from parallel sentences."""

from dataclasses import replace
from pathlib import Path

from mlm_xling.config.evaluation import ContextualConfig
from mlm_xling.data.parallel import Columns, rows_to_align
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.bitext import Bitext, aligned_links, read_bitext, with_eflomal
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import (
    MIN_UNSEEN,
    columns_of_models,
    in_word_order,
    language_of,
    marked,
    parallel_text,
    seen_sentences,
    target_names,
    underdetermined,
    warn_of_missing_columns,
)
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.running_text import located

MIN_PAIRS = 20
"""Minimum number of pairs, and of linked words that fit a map; a tenth of the pairs test it."""
MIN_TESTED = 8
"""Minimum number of linked words in the pairs that test it."""


def words_to_align(inputs: Inputs) -> tuple[str, ...]:
    """Returns the targets of `aligned_words`, after checking its inputs.

    Raises:
      InputError: a file is missing or has no pair of the models' languages, or the aligner is
        missing.
    """
    source, contextual = inputs.source, inputs.source.config.evaluation.contextual
    if contextual.bitext:
        targets = [_only_target(source, inputs.target)]
        for field, name in (("bitext", contextual.bitext), ("links", contextual.links)):
            if name and not Path(name).expanduser().is_file():
                raise InputError(f"config.evaluation.contextual.{field}={name}: no such file")
    else:
        columns = columns_of_models(_of_rows(inputs)[0], source, inputs.target)
        targets = list(columns)[1:]
        if not targets:
            name = inputs[parallel_text].name
            raise InputError(f"{name}:1: no columns of two languages of the models")
        warn_of_missing_columns(inputs)
    require_aligner(contextual)
    return tuple(targets)


def require_aligner(contextual: ContextualConfig) -> None:
    """Checks that words can be linked.

    Raises:
      InputError: no links are given, and the aligner is missing.
    """
    if not contextual.links:
        with_eflomal([], [])


def aligned_words(inputs: Inputs) -> dict[str, Bitext]:
    """Reads parallel sentences with one-to-one links between their words, by target.

    Errors that can be found quickly are raised by `words_to_align`, which runs first.

    Raises:
      InputError: a file is missing or damaged, has no pair of the models' languages, or has too few
        pairs; or the aligner is missing.
    """
    config = inputs.source.config
    inputs[words_to_align]
    if config.evaluation.contextual.bitext:
        name = _only_target(inputs.source, inputs.target)
        found = {name: _read(inputs, name)}
    else:
        found = _from_rows(inputs)
    for bitext in found.values():
        if len(bitext.source) < MIN_PAIRS:
            raise InputError(
                f"config.evaluation.contextual: {len(bitext.source)} aligned sentences, too few; "
                f"at least {MIN_PAIRS}"
            )
        _require_links(bitext)
        fitted, width = bitext.linked_words(tested=False), config.model.width
        if warning := underdetermined(fitted, width, "config.evaluation.contextual.pairs"):
            inputs.warn(f"words in context: {warning}")
    return found


def _require_links(bitext: Bitext) -> None:
    for tested, what, fewest in ((False, "fit", MIN_PAIRS), (True, "test", MIN_TESTED)):
        words, sentences = bitext.linked_words(tested=tested), bitext.tested.count(tested)
        if words < fewest:
            raise InputError(
                f"config.evaluation.contextual: {words} linked words in the {sentences} sentences "
                f"that {what} maps, too few; at least {fewest}"
            )


def _only_target(source: Pretrained, target: Pretrained) -> str:
    first = source.config.languages[0]
    names = [name for name in target_names(source, target) if name != marked(first)]
    if len(names) != 1:
        raise InputError(
            "config.evaluation.contextual.bitext: aligns one pair, but the models have "
            f"{', '.join((first, *names))}; leave it out to align the pairs of config.data.parallel"
        )
    return names[0]


def _read(inputs: Inputs, target: str) -> Bitext:
    config = inputs.source.config
    contextual, languages = config.evaluation.contextual, (config.languages[0], language_of(target))
    links = Path(contextual.links).expanduser() if contextual.links else None
    path = Path(contextual.bitext).expanduser()
    return read_bitext(path, links, with_eflomal, contextual.pairs, languages)


def _from_rows(inputs: Inputs) -> dict[str, Bitext]:
    """Aligns the pairs beyond those reserved for sentence-level tests."""
    columns, tested = _of_rows(inputs)
    columns = columns_of_models(columns, inputs.source, inputs.target)
    seen = seen_sentences(inputs, columns)
    sides = {
        name: [located(line, language_of(name)) for line in lines]
        for name, lines in in_word_order(columns).items()
    }
    source, *targets = columns
    found = {}
    for name in targets:
        words, others = ([text.words for text in sides[side]] for side in (source, name))
        links = aligned_links(words, others, with_eflomal)
        either = None
        if seen is not None:
            either = [any(pair) for pair in zip(seen[source], seen[name], strict=True)]
        bitext = Bitext(sides[source], sides[name], links, tested, either)
        found[name] = _with_unseen_tests(bitext, inputs)
    return found


def _of_rows(inputs: Inputs) -> tuple[Columns, list[bool]]:
    """Returns the rows beyond those for sentence-level tests, and which of them test a map."""
    config = inputs.source.config.evaluation
    return rows_to_align(inputs[parallel_text], config.pairs, config.contextual.pairs)


def _with_unseen_tests(bitext: Bitext, inputs: Inputs) -> Bitext:
    """Uses pairs that pretraining saw only to fit the map, if enough test pairs remain."""
    if bitext.seen is None:
        return bitext
    unseen = [tested and not seen for tested, seen in zip(bitext.tested, bitext.seen, strict=True)]
    if sum(unseen) >= max(1, MIN_UNSEEN * sum(bitext.tested)):
        return replace(bitext, tested=unseen)
    inputs.warn(
        f"pretraining saw {sum(bitext.tested) - sum(unseen)} of the {sum(bitext.tested)} pairs "
        "that test maps of words in context; all are used. Name the file as config.data.parallel "
        "at pretraining to hold them out."
    )
    return bitext

"""The summary at the top of a report: findings in two sentences."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.illustrations import NEIGHBOURS, SENTENCES, WORD_MAP
from mlm_xling.reports.sections import Lead
from mlm_xling.reports.selection import (
    CURVES,
    MANY_PAIRS,
    by_pair,
    items_of,
    level,
    mean_by_layer,
)
from mlm_xling.reports.tables import number
from mlm_xling.results import RANDOM, TRAINED, Result, chosen_layer

MAX_SENTENCES = 2
"""Maximum number of sentences."""
OVERVIEW = "Layer by layer"
"""Title of the section with all curves, to which any finding may link."""


class Finding(NamedTuple):
    """A template of a sentence, to be filled with values."""

    text: str
    curves: Mapping[str, str]
    """Curve -> how it was measured; the first measured one is used."""
    sections: tuple[str, ...]
    """Titles of sections to link to, with placeholders for a pair of languages."""
    by_chance: bool = False
    """Whether chance is one over the number of items."""


FINDINGS = (
    Finding(
        "The nearest sentence of the other language is the translation for {values} of {items} "
        "sentences ({how})",
        {
            "P@1 raw": "by cosine, without a map",
            "P@1 Procrustes": "by cosine, after a map fitted on other sentences",
        },
        (NEIGHBOURS[SENTENCES], OVERVIEW),
        by_chance=True,
    ),
    Finding(
        "The nearest word of the other language is a translation for {values} of {items} words "
        "that are spelled differently ({how})",
        {
            "word P@1": "by CSLS, after a map fitted on other words",
            "word P@1 raw": "by CSLS, without a map",
        },
        (WORD_MAP, OVERVIEW),
    ),
    Finding(
        "The similarity of translations is {values} on {items} pairs ({how})",
        {"CKA debiased": "debiased CKA: 0 if unrelated, 1 if equal up to rotation and scale"},
        (OVERVIEW,),
    ),
)


def leads(results: Sequence[Result], titles: Sequence[str]) -> list[Lead]:
    """Returns sentences on what was found in a trained encoder, and by trivial baselines.

    Args:
      titles: existing section titles; each sentence links to one of them.
    """
    said = (_say(finding, by_pair(list(results)), titles) for finding in FINDINGS)
    return [lead for lead in said if lead][:MAX_SENTENCES]


Pair = tuple[str, str]


def _say(
    finding: Finding, results: Mapping[Pair, list[Result]], titles: Sequence[str]
) -> Lead | None:
    for curve, how in finding.curves.items():
        trained = _values(results, curve, TRAINED)
        if not trained:
            continue
        of_curve = [
            result
            for pair in trained
            for result in results[pair]
            if result.metric in CURVES[curve] and result.model == TRAINED
        ]
        percent = METRICS[CURVES[curve][0]].percent
        told = _listed(trained, percent)
        text = finding.text.format(values=told, items=items_of(of_curve), how=how)
        beside = dict(_beside(finding, results, curve, list(trained)))
        said = [f"{name} {_at_once(values, percent)}" for name, values in beside.items()]
        places = [place.format(*pair) for place in finding.sections for pair in trained]
        to = next((place for place in places if place in titles), "")
        return Lead("; ".join([text, ", ".join(said)]).removesuffix("; ") + ".", to)
    return None


def _beside(
    finding: Finding, results: Mapping[Pair, list[Result]], curve: str, pairs: Sequence[Pair]
) -> Iterator[tuple[str, dict[Pair, float]]]:
    """Yields the values of trivial baselines, with their descriptions."""
    untrained = _values(results, curve, RANDOM)
    levels = {pair: level(results[pair], CURVES[curve]) for pair in pairs}
    without = {pair: value for pair, value in levels.items() if value is not None}
    chance = {}
    if finding.by_chance:
        items = {p: [r.n for r in results[p] if r.metric in CURVES[curve]] for p in pairs}
        chance = {pair: 1 / max(counts) for pair, counts in items.items()}
    for name, values in (
        ("before training", untrained),
        ("by strings alone", without),
        ("by chance", chance),
    ):
        if values:
            yield name, values


def _values(results: Mapping[Pair, list[Result]], curve: str, model: str) -> dict[Pair, float]:
    """Returns the curve of a model at its selected layer, for each pair of languages."""
    metrics, found = CURVES[curve], {}
    for pair, of_pair in results.items():
        layers = [
            r for r in of_pair if r.model == model and r.metric in metrics and r.layer is not None
        ]
        if layers:
            found[pair] = mean_by_layer(layers, metrics)[chosen_layer(layers, metrics)]
    return found


def _shown(value: float, percent: bool) -> str:
    return number(value, percent) + ("%" if percent else "")


def _listed(values: Mapping[Pair, float], percent: bool) -> str:
    """Formats the value of each pair, or the range for many pairs."""
    if len(values) > MANY_PAIRS:
        ends = (_shown(end(values.values()), percent) for end in (min, max))
        middle = _shown(median(values.values()), percent)
        return f"{' to '.join(ends)} ({len(values)} pairs of languages, median {middle})"
    shown = ((_shown(value, percent), "-".join(pair)) for pair, value in values.items())
    return ", ".join(f"{value} ({pair})" for value, pair in shown)


def _at_once(values: Mapping[Pair, float], percent: bool) -> str:
    """Formats a value once if all are the same."""
    same = {_shown(value, percent) for value in values.values()}
    return same.pop() if len(same) == 1 else _listed(values, percent)

"""Report sections on the similarity of all pairs of languages, and its correlates."""

from collections.abc import Iterator
from statistics import fmean

import numpy as np

from mlm_xling.evaluation.probes.language_similarity import NAME, SPACES
from mlm_xling.reports.distances import MODELS, distance_sections
from mlm_xling.reports.figures.gallery import Picture
from mlm_xling.reports.figures.languages import Matrix, languages_figure
from mlm_xling.reports.sections import Section
from mlm_xling.reports.tables import Table, layer_title, number
from mlm_xling.results import TRAINED, Result, chosen_layer

TITLE = "Languages side by side"
LISTED = 45
"""Maximum number of pairs to list individually."""
CAPTION = (
    "Mean cosine of translations ({space}) at layer {layer}, for each pair of languages, on the "
    "same {n:,} sentences, with a dendrogram (complete linkage on 1 - similarity). {rule} All "
    "panels show that layer, with languages in the order of the first dendrogram and the same "
    "colours."
)
BY_CHOICE = (
    "The layer is the one at which centred translations are most similar on the sentences that "
    "means are computed on, which are not scored."
)
BY_MIDDLE = (
    "There are no sentences to choose a layer on (config.evaluation.fit_pairs), so it is the "
    "middle one."
)
BY_LAYER = (
    "Means over all pairs of languages. Raw cosines near 1 say little: compare them with those of "
    "sentences that are not translations ('other sentences')."
)


def is_between_languages(result: Result) -> bool:
    """Returns whether a result compares pairs of languages, which has separate sections."""
    return result.evaluator == NAME


def between_languages(results: list[Result]) -> list[Result]:
    """Returns the last measured results between all languages, so that rows are the same."""
    found = [r for r in results if is_between_languages(r)]
    return [r for r in found if r.config == found[-1].config]


def language_picture(results: list[Result]) -> Picture | None:
    """Draws the similarity of languages in each model, if it was measured."""
    pairs = [r for r in results if r.metric in METRICS]
    if not pairs:
        return None
    layer, rule = shown_layer(pairs)
    metric = shown_metric(pairs)
    shown = [r for r in pairs if r.metric == metric and r.layer == layer]
    languages = languages_of(shown)
    matrices = {
        name: similarity_matrix([r for r in shown if r.model == model], languages)
        for model, name in MODELS.items()
        if any(r.model == model for r in shown)
    }
    space = metric.removeprefix(f"{NAME}_")
    caption = CAPTION.format(space=space, layer=layer, n=shown[0].n, rule=rule)
    return Picture("languages", TITLE, caption, languages_figure(languages, matrices))


def language_sections(results: list[Result]) -> Iterator[Section]:
    """Yields the tables that belong to the picture."""
    pairs = [r for r in results if r.metric in METRICS]
    if not pairs:
        return
    yield Section(3, f"{TITLE}: at every layer", [], [BY_LAYER], table=_by_layer(results))
    layer, _ = shown_layer(pairs)
    metric = shown_metric(pairs)
    shown = [r for r in pairs if r.metric == metric and r.layer == layer]
    if len({(r.source, r.target) for r in shown}) <= LISTED:
        yield Section(3, f"{TITLE}: each pair, layer {layer}", table=_each(shown))
    yield from distance_sections(results, layer, METRICS[metric])


METRICS = {f"{NAME}_{space}": space for space in SPACES}


def shown_metric(pairs: list[Result]) -> str:
    """Returns the metric to draw: centred, or raw if nothing could be centred."""
    measured = {r.metric for r in pairs}
    return next(name for name in (f"{NAME}_centred", f"{NAME}_raw") if name in measured)


def shown_layer(pairs: list[Result]) -> tuple[int, str]:
    """Selects a layer without using test scores; also returns a description of the rule."""
    model = next(model for model in MODELS if any(r.model == model for r in pairs))
    centred = [r for r in pairs if r.metric == f"{NAME}_centred" and r.model == model]
    if centred and all(r.choice is not None for r in centred):
        layer = chosen_layer(centred, {f"{NAME}_centred"})
        assert layer is not None
        return layer, BY_CHOICE
    return max(r.layer or 0 for r in pairs) // 2, BY_MIDDLE


def languages_of(pairs: list[Result]) -> tuple[str, ...]:
    """Lists languages in order of first appearance."""
    return tuple(dict.fromkeys(name for r in pairs for name in (r.source, r.target)))


def similarity_matrix(pairs: list[Result], languages: tuple[str, ...]) -> Matrix:
    """Converts results of one model, metric and layer to a symmetric matrix with unit diagonal."""
    places = {name: place for place, name in enumerate(languages)}
    matrix = np.eye(len(languages))
    for r in pairs:
        one, other = places[r.source], places[r.target]
        matrix[one, other] = matrix[other, one] = r.value
    return matrix


def seen_of_all(results: list[Result]) -> list[str]:
    """Returns one warning for all pairs if pretraining saw, or may have seen, the sentences."""
    fractions = {r.seen for r in results if r.model == TRAINED and r.metric in METRICS}
    if known := [fraction for fraction in fractions if fraction]:
        return [
            f"pretraining saw up to {max(known):.1%} of the sentences of a pair of languages; "
            "the figures of the trained model are not held out."
        ]
    if None in fractions:
        return ["it is unknown whether pretraining saw the sentences."]
    return []


def _by_layer(results: list[Result]) -> Table:
    values: dict[tuple[str, str, int | None], list[float]] = {}
    for r in results:
        values.setdefault((r.model, r.metric, r.layer), []).append(r.value)
    columns = [
        (model, metric + suffix, f"{space}{title}, {MODELS[model]}")
        for model in MODELS
        for metric, space in METRICS.items()
        for suffix, title in (("", ""), ("_permuted", " other sentences"))
        if any((model, metric + suffix) == key[:2] for key in values)
    ]
    layers = sorted({layer for *_, layer in values if layer is not None})
    rows = [
        [
            layer_title(layer),
            *(number(fmean(values[model, metric, layer]), False) for model, metric, _ in columns),
        ]
        for layer in layers
    ]
    return Table(["layer", *(title for *_, title in columns)], rows)


def _each(shown: list[Result]) -> Table:
    cells = {(r.source, r.target, r.model): r for r in shown}
    models = [model for model in MODELS if any(r.model == model for r in shown)]
    rows = []
    for source, target in dict.fromkeys((r.source, r.target) for r in shown):
        row = [f"{source}-{target}"]
        for model in models:
            found = cells[source, target, model]
            interval = "–"
            if found.low is not None and found.high is not None:
                interval = f"{number(found.low, False)} to {number(found.high, False)}"
            row += [number(found.value, False), interval]
        rows.append(row)
    header = [title for model in models for title in (MODELS[model], "95% interval")]
    return Table(["pair", *header], rows)

"""Report sections on the correlation of language similarity with other distances."""

import math
from collections.abc import Iterator

import scipy

from mlm_xling.evaluation.measures.matrix_correlation import orders_tried
from mlm_xling.evaluation.probes.language_similarity import CORRELATIONS, SPACES
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.sections import Section
from mlm_xling.reports.tables import Table, layer_title, number
from mlm_xling.results import RANDOM, TRAINED, Result

TITLE = "Similarity and distance of languages"
CAPTION = (
    "Does similarity correlate with proximity (minus a distance)? 'A language at a time': the "
    "correlation over all other languages, averaged over languages. 'Over pairs': Pearson's r over "
    "all pairs, with the two-sided p-value of permuted languages (Mantel); 'without subwords': "
    "with the share of common subwords partialled out. 'lexical' is the mean edit distance of "
    "translations, 'subwords' the share of subwords that two languages do not have in common. "
    "'Pairs': those for which the distance is known. {worth}"
)
WORTH = (
    "With {languages} languages each has {points} points, for which a single correlation is "
    "significant (5%) from {least} on. Pairs are not independent; with {orders} permutations of "
    "the languages no p-value is below {smallest}. Layers are not chosen by these figures: the "
    "highest of many is high by chance."
)
EVERY_LAYER = "Pearson's r between similarity ({space}) and proximity, over pairs."
MODELS = {model: shown_model(model) for model in (TRAINED, RANDOM)}


def distance_sections(results: list[Result], layer: int, space: str) -> Iterator[Section]:
    """Yields a table of all correlations at one layer, and one of every layer in one space.

    Args:
      layer: the layer that the report shows; likewise `space`.
    """
    found = [r for r in results if r.metric.removeprefix("distance_") in CORRELATIONS]
    if not found:
        return
    pairs = max(r.n for r in found if r.metric == "distance_mantel")
    languages = (1 + math.isqrt(1 + 8 * pairs)) // 2
    caption = CAPTION.format(worth=worth(languages))
    yield Section(2, TITLE, [], [caption], table=_at(found, layer))
    yield Section(
        3,
        f"{TITLE}: every layer",
        [],
        [EVERY_LAYER.format(space=space)],
        table=_layers(found, space),
    )


def worth(languages: int) -> str:
    """Explains the significance of correlations over so many languages."""
    points, orders = languages - 1, orders_tried(languages)
    quantile = float(scipy.stats.t.ppf(0.975, points - 2))
    least = quantile / math.sqrt(quantile**2 + points - 2)
    return WORTH.format(
        languages=languages,
        points=points,
        least=f"{least:.2f}",
        orders=f"{orders:,}",
        smallest=f"{1 / orders:.2g}",
    )


def _at(found: list[Result], layer: int) -> Table:
    """Builds a table with a row per distance, space and model."""
    cells = {(r.target, r.source, r.model, r.metric): r for r in found if r.layer == layer}
    rows = []
    for distance in dict.fromkeys(r.target for r in found):
        for space in SPACES:
            for model, name in MODELS.items():
                values = [
                    cells.get((distance, space, model, f"distance_{one}")) for one in CORRELATIONS
                ]
                if there := [r for r in values if r is not None]:
                    shown = ["–" if r is None else number(r.value, False) for r in values]
                    pairs = max(r.n for r in there)
                    rows.append([f"{distance}, {space}, {name}", f"{pairs:,}", *shown])
    return Table([f"layer {layer}", "pairs", *CORRELATIONS.values()], rows)


def _layers(found: list[Result], space: str) -> Table:
    """Builds a table with a column per distance and model."""
    over_pairs = [r for r in found if (r.metric, r.source) == ("distance_mantel", space)]
    cells = {(r.target, r.model, r.layer): r for r in over_pairs}
    distances = dict.fromkeys(r.target for r in over_pairs)
    columns = [
        (distance, model)
        for model in MODELS
        for distance in distances
        if any((distance, model) == key[:2] for key in cells)
    ]
    layers = sorted({r.layer for r in over_pairs if r.layer is not None})
    rows = [
        [
            layer_title(layer),
            *(
                number(cells[*column, layer].value, False) if (*column, layer) in cells else "–"
                for column in columns
            ),
        ]
        for layer in layers
    ]
    return Table(["layer", *(f"{one}, {MODELS[model]}" for one, model in columns)], rows)

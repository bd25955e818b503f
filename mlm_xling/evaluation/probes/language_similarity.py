"""Similarity of all pairs of languages: the mean cosine of translations, at every layer.

`language_similarity_raw` is that of mPLM-Sim (Lin et al., 2024). It approaches 1 if all vectors
share a direction, so there are also `_centred`, with each language's mean subtracted,
`_standardised`, and for each the same of sentences that are not translations (`_permuted`). Each
pair of languages is measured once, all on the same sentences. Neither end is better.

`distance` is that of two languages, under the name of each available distance as the model.
`distance_*` measure whether near languages are similar, for each of them: results with the space as
source and the distance as target. `_partial` is what remains after shared subwords are partialled
out.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mlm_xling.data.distances import Matrix
from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.language_distances import (
    SUBWORDS,
    given_distances,
    language_distances,
)
from mlm_xling.evaluation.inputs.languages_side_by_side import languages_side_by_side
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures.language_similarity import (
    Pairs,
    Similarities,
    similarities,
    spaces,
)
from mlm_xling.evaluation.measures.matrix_correlation import (
    MIN_LANGUAGES,
    mantel,
    per_language,
)
from mlm_xling.evaluation.subject import MIN_TO_CHOOSE, Subject
from mlm_xling.results import Result, fingerprint_items

NAME = "language_similarity"
DISTANCE = "distance"
SPACES = ("raw", "centred", "standardised")
CORRELATIONS = {
    "pearson": "Pearson, a language at a time",
    "spearman": "Spearman, a language at a time",
    "mantel": "Pearson over pairs",
    "mantel_p": "p (Mantel)",
    "partial": "... without shared subwords",
    "partial_p": "p (Mantel), without shared subwords",
}
"""Titles of correlations with negative distance: positive if near languages are similar."""


def evaluate_language_similarity(subject: Subject) -> list[Result]:
    """Computes the similarity of all pairs of languages, in each space, at every layer."""
    if len(languages := subject.inputs[languages_side_by_side]) < 2:
        return []
    templates, results = _templates(subject, languages), []
    values: dict[tuple[str, int], Pairs] = {}
    for layer, found in enumerate(_layers(subject, languages)):
        for space, (measured, choice) in found.items():
            results += _results(templates, f"{NAME}_{space}", layer, measured, choice)
            values[space, layer] = measured.value
    if subject.brief or len(languages) < MIN_LANGUAGES:
        return results
    if subject.baselines:
        results += _distances(subject, templates)
    return [*results, *_with_distances(subject, languages, values, templates[0])]


Measured = dict[str, tuple[Similarities, Similarities | None]]
"""Space -> similarities on the test sentences and on those that select a layer."""


def _layers(subject: Subject, languages: tuple[str, ...]) -> Iterator[Measured]:
    """Yields the similarities at each layer."""
    rows = subject.inputs[parallel_rows]
    test = [subject.source.represent(rows.test[name], name) for name in languages]
    fit = [layers[:, :0] for layers in test]
    if rows.fit[rows.source]:
        fit = [subject.source.represent(rows.fit[name], name) for name in languages]
    resamples = 0 if subject.brief else subject.config.evaluation.resamples
    fitted = fit[0].shape[1]
    half = fitted // 2 if fitted >= MIN_TO_CHOOSE else 0
    for layer in range(len(test[0])):
        of_test, of_fit = ([one[layer] for one in side] for side in (test, fit))
        choices = {}
        if half:
            first, second = (
                [one[part] for one in of_fit] for part in (slice(half), slice(half, None))
            )
            choices = {
                name: similarities(vectors) for name, vectors in spaces(second, first).items()
            }
        yield {
            name: (similarities(vectors, resamples, subject.seed), choices.get(name))
            for name, vectors in spaces(of_test, of_fit).items()
        }


def _templates(subject: Subject, languages: tuple[str, ...]) -> list[Result]:
    """Returns a result for each pair of languages without metric, layer and value."""
    rows = subject.inputs[parallel_rows]
    sentences = list(map("\t".join, zip(*(rows.test[name] for name in languages), strict=True)))
    made = subject.result(
        NAME, "", ("", ""), None, 0.0, n=len(sentences), seen=None, items=sentences
    )
    return [
        replace(made, source=source, target=target, seen=rows.seen_fraction(source, target))
        for number, source in enumerate(languages)
        for target in languages[number + 1 :]
    ]


def _results(
    templates: list[Result],
    metric: str,
    layer: int,
    measured: Similarities,
    choice: Similarities | None,
) -> Iterator[Result]:
    resampled = bool(np.any(measured.low < measured.high))
    for pair, template in enumerate(templates):
        value, permuted, low, high = (float(part[pair]) for part in measured)
        yield replace(
            template,
            metric=metric,
            layer=layer,
            value=value,
            low=low if resampled else None,
            high=high if resampled else None,
            choice=None if choice is None else float(choice.value[pair]),
        )
        yield replace(template, metric=f"{metric}_permuted", layer=layer, value=permuted)


def _distances(subject: Subject, templates: list[Result]) -> Iterator[Result]:
    """Yields each distance of each pair of languages that it knows."""
    for name, (among, matrix) in subject.inputs[language_distances].items():
        for pair in templates:
            if {pair.source, pair.target} <= set(among):
                value = float(matrix[among.index(pair.source), among.index(pair.target)])
                yield replace(pair, metric=DISTANCE, model=name, value=value, seen=None)


def _with_distances(
    subject: Subject,
    languages: tuple[str, ...],
    values: dict[tuple[str, int], Pairs],
    template: Result,
) -> Iterator[Result]:
    """Correlates the similarities in each space and layer with each distance."""
    known, seed = subject.inputs[language_distances], subject.config.training.seed
    sentences = template.items or ""
    for name, (among, matrix) in known.items():
        measured = np.array([_of_some(table, languages, among) for table in values.values()])
        near = -_pairs_of(matrix)
        subwords = _of_some(_pairs_of(known[SUBWORDS].matrix), languages, among)
        alone = per_language(measured, near, len(among))
        together = mantel(measured, near, len(among), seed)
        found = {
            "pearson": (alone.pearson, len(among)),
            "spearman": (alone.spearman, len(among)),
            "mantel": (together.correlation, len(near)),
            "mantel_p": (together.p_value, len(near)),
        }
        if name != SUBWORDS and np.ptp(subwords) > 0:
            rest = mantel(measured, near, len(among), seed, subwords)
            found["partial"] = rest.correlation, len(near)
            found["partial_p"] = rest.p_value, len(near)
        for metric, (numbers, n) in found.items():
            for (space, layer), value in zip(values, numbers.tolist(), strict=True):
                if np.isfinite(value):
                    yield replace(
                        template, metric=f"{DISTANCE}_{metric}", source=space, target=name,
                        layer=layer, value=value, n=n, seen=None,
                        items=fingerprint_items((*among, sentences)),
                    )  # fmt: skip


def _pairs_of(matrix: Matrix) -> Pairs:
    return matrix[np.triu_indices(len(matrix), 1)]


def _of_some(table: Pairs, languages: tuple[str, ...], some: tuple[str, ...]) -> Pairs:
    """Selects the pairs within some of the languages."""
    first, second = (
        np.array([languages[i] in some for i in side])
        for side in np.triu_indices(len(languages), 1)
    )
    return table[first & second]


EVALUATOR = Evaluator(
    NAME,
    evaluate_language_similarity,
    {
        f"{NAME}_{space}{suffix}": Metric(
            f"Cosine, {space}{title}", ranked=False, baseline=bool(suffix)
        )
        for space in SPACES
        for suffix, title in (("", ""), ("_permuted", ", no translations"))
    }
    | {
        f"{DISTANCE}_{name}": Metric(title, ranked=False, baseline=True)
        for name, title in CORRELATIONS.items()
    },
    only_in_figures=f"{DISTANCE}$",
    needs=(languages_side_by_side, language_distances, warn_of_unknown_tokens),
    checks=(languages_side_by_side, given_distances),
)

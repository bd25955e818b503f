"""Is the nearest sentence of the other language the translation?

`p@1_<space>_forward` asks with a sentence of the source language and searches the target language,
`backward` the other way round. Spaces are told by `mlm_xling.evaluation.measures.retrieval`.
`lexical_p@1` is what the strings that translations share find without any model.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, language_of, retrieval_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures import retrieval
from mlm_xling.evaluation.measures.intervals import wilson_interval
from mlm_xling.evaluation.measures.lexical import retrieve_by_tokens
from mlm_xling.evaluation.measures.ratio import of_hits
from mlm_xling.evaluation.measures.shrinkage import aligned_shrunk
from mlm_xling.evaluation.subject import LayerPairs, Subject
from mlm_xling.outcomes import item_digests
from mlm_xling.results import Result

SPACES = {
    "raw": "raw",
    "centred": "centred",
    "procrustes": "Procrustes",
    "procrustes_shrunk": "Procrustes, shrunk",
}
"""Space -> its name in titles."""
DIRECTIONS = {"forward": "{source}→{target}", "backward": "{target}→{source}"}
LEXICAL = "lexical"
"""The name in results of the baseline that has no model."""
CURVE_POINT = r"p@1_procrustes_(\d+)_(?:forward|backward)"
"""Pattern of the metrics of maps fitted on so many rows."""


def evaluate_retrieval(subject: Subject) -> list[Result]:
    """Measures P@1 of every layer, in all spaces and both directions, and the lexical baseline.

    In two encoders only the mapped spaces mean something. Without rows to fit on there are neither
    maps nor means; with enough of them, the map is also fitted on fewer.
    """
    results = []
    for target, rows in subject.inputs[retrieval_rows].items():
        items = item_digests(rows.pairs(target))
        if subject.baselines:
            results += _lexical(subject, rows, target, items)
        for pairs in subject.layer_pairs(rows, target):
            choices = _hits(_spaces(subject, pairs.of_choice)) if pairs.of_choice else {}
            spaces = [*_spaces(subject, pairs), *([] if subject.brief else _curve(pairs))]
            for space, hits in _hits(spaces).items():
                measured = _results(
                    subject, rows, target, pairs.layer, f"p@1_{space}", hits, choices.get(space)
                )
                if not re.fullmatch(CURVE_POINT, measured[0].metric):
                    _keep(subject, measured, hits, items)
                results += measured
    return results


Spaces = Iterable[tuple[str, tuple[np.ndarray, np.ndarray]]]
"""Names, and the vectors of both languages there."""


def _spaces(subject: Subject, pairs: LayerPairs) -> Spaces:
    _, x, y, fit_x, fit_y = pairs
    if subject.together:
        yield "raw", (x, y)
    if not len(fit_x):
        return
    yield "procrustes", retrieval.aligned(x, y, fit_x, fit_y)
    if subject.together:
        yield "centred", (retrieval.less_mean_of(x, fit_x), retrieval.less_mean_of(y, fit_y))
    if subject.config.evaluation.shrunk_maps and not subject.brief:
        yield "procrustes_shrunk", aligned_shrunk(x, y, fit_x, fit_y)


def _curve(pairs: LayerPairs) -> Spaces:
    """After maps that were fitted on fewer pairs."""
    _, x, y, fit_x, fit_y = pairs
    for size in retrieval.curve_sizes(len(fit_x)):
        yield f"procrustes_{size}", retrieval.aligned(x, y, fit_x[:size], fit_y[:size])


def _hits(spaces: Spaces) -> dict[str, retrieval.Hits]:
    return {name: retrieval.retrieve(*vectors) for name, vectors in spaces}


def _lexical(
    subject: Subject, rows: ParallelRows, target: str, items: tuple[str, ...]
) -> list[Result]:
    languages = language_of(rows.source), language_of(target)
    hits = retrieve_by_tokens(rows.test[rows.source], rows.test[target], languages)
    results = _results(subject, rows, target, None, "lexical_p@1", hits)
    results = [replace(result, model=LEXICAL, step=0) for result in results]
    _keep(subject, results, hits, items)
    return results


def _keep(
    subject: Subject, results: list[Result], hits: retrieval.Hits, items: tuple[str, ...]
) -> None:
    """Keeps which pairs were hit, a result a direction."""
    for result, of_direction in zip(results, hits, strict=True):
        subject.keep(result, [of_hits(of_direction)], items)


def _results(
    subject: Subject,
    rows: ParallelRows,
    target: str,
    layer: int | None,
    metric: str,
    hits: retrieval.Hits,
    choice: retrieval.Hits | None = None,
) -> list[Result]:
    return [
        subject.on_rows(
            "retrieval", f"{metric}_{direction}", rows, target, layer, of_direction.mean(),
            wilson_interval(of_direction),
            None if choice is None else getattr(choice, direction).mean(),
        )
        for direction, of_direction in hits._asdict().items()
    ]  # fmt: skip


EVALUATOR = Evaluator(
    "retrieval",
    evaluate_retrieval,
    {
        f"p@1_{space}_{direction}": Metric(
            f"P@1 {name} {way}",
            percent=True,
            curve=f"P@1 {name}",
            beside=f"lexical_p@1_{direction}",
        )
        for space, name in SPACES.items()
        for direction, way in DIRECTIONS.items()
    }
    | {
        f"lexical_p@1_{direction}": Metric(f"P@1 shared strings {way}", percent=True, baseline=True)
        for direction, way in DIRECTIONS.items()
    },
    needs=(retrieval_rows, warn_of_unknown_tokens),
    checks=(retrieval_rows,),
    only_in_figures=CURVE_POINT,
)

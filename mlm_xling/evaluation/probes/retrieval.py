"""Whether the nearest sentence in the other language is the translation.

`p@1_<space>_forward` uses sentences of the source language as queries and searches the target
language, `backward` the reverse. Spaces are described in `mlm_xling.evaluation.measures.retrieval`.
As model-free baselines, `lexical_p@1` uses the words and numbers that translations share, and
`spelling_p@1` their character n-grams.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, language_of
from mlm_xling.evaluation.inputs.retrieval_rows import retrieval_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures import retrieval
from mlm_xling.evaluation.measures.centring import directions, half_squares
from mlm_xling.evaluation.measures.intervals import wilson_interval
from mlm_xling.evaluation.measures.lexical import retrieve_by_spelling, retrieve_by_tokens
from mlm_xling.evaluation.measures.neighbours import nearest
from mlm_xling.evaluation.measures.procrustes import aligned
from mlm_xling.evaluation.measures.ratio import of_hits
from mlm_xling.evaluation.measures.shrinkage import aligned_shrunk
from mlm_xling.evaluation.probes.illustration import SHOWN as NEIGHBOURS
from mlm_xling.evaluation.probes.illustration import Searched, evenly
from mlm_xling.evaluation.subject import LayerPairs, Subject
from mlm_xling.examples import Examples
from mlm_xling.languages import share_strings
from mlm_xling.outcomes import item_digests
from mlm_xling.results import TRAINED, Result, chosen_layer

SPACES = {
    "raw": "raw",
    "centred": "centred",
    "procrustes": "Procrustes",
    "procrustes_shrunk": "Procrustes, shrunk",
}
"""Space -> its name in titles."""
DIRECTIONS = {"forward": "{source}→{target}", "backward": "{target}→{source}"}
BASELINES = {"lexical": "shared strings", "spelling": "spelled alike"}
"""Model-free baselines: name in results -> name in titles."""
CURVE_POINT = r"p@1_procrustes_(\d+)_(?:forward|backward)"
"""Pattern of the metrics of maps fitted on so many rows."""
SHOWN, MISTAKES = 10, 5
"""Numbers of sentences to show with their neighbours, evenly over length, and of mistakes."""


def evaluate_retrieval(subject: Subject) -> list[Result]:
    """Computes P@1 of every layer, in all spaces and both directions, and of the baselines.

    Between two encoders only mapped spaces are meaningful. Without fit rows there are neither maps
    nor means; with enough of them, the map is also fitted on fewer.
    """
    results = []
    for target, rows in subject.inputs[retrieval_rows].items():
        items, before = item_digests(rows.pairs(target)), len(results)
        found: dict[tuple[str, int], retrieval.Hits] = {}
        if subject.baselines and share_strings(language_of(rows.source), language_of(target)):
            results += _baselines(subject, rows, target, items)
        for pairs in subject.layer_pairs(rows, target):
            choices = _hits(_spaces(subject, pairs.of_choice)) if pairs.of_choice else {}
            spaces = [*_spaces(subject, pairs), *([] if subject.brief else _curve(pairs))]
            for space, hits in _hits(spaces).items():
                found[space, pairs.layer] = hits
                measured = _results(
                    subject, rows, target, pairs.layer, f"p@1_{space}", hits, choices.get(space)
                )
                if not re.fullmatch(CURVE_POINT, measured[0].metric):
                    _keep(subject, measured, hits, items)
                results += measured
        if subject.model == TRAINED and not subject.brief:
            subject.examples += _examples(subject, rows, target, results[before:], found)
    return results


Spaces = Iterable[tuple[str, tuple[np.ndarray, np.ndarray]]]
"""Names of spaces, and the vectors of both languages in them."""


def _spaces(subject: Subject, pairs: LayerPairs) -> Spaces:
    _, x, y, fit_x, fit_y = pairs
    if subject.together:
        yield "raw", (x, y)
    if not len(fit_x):
        return
    yield "procrustes", aligned(x, y, fit_x, fit_y)
    if subject.together:
        yield "centred", (retrieval.less_mean_of(x, fit_x), retrieval.less_mean_of(y, fit_y))
    if subject.config.evaluation.shrunk_maps and not subject.brief:
        yield "procrustes_shrunk", aligned_shrunk(x, y, fit_x, fit_y)


def _curve(pairs: LayerPairs) -> Spaces:
    """Yields the spaces after maps fitted on fewer pairs."""
    _, x, y, fit_x, fit_y = pairs
    for size in retrieval.curve_sizes(len(fit_x)):
        yield f"procrustes_{size}", aligned(x, y, fit_x[:size], fit_y[:size])


def _hits(spaces: Spaces) -> dict[str, retrieval.Hits]:
    return {name: retrieval.retrieve(*vectors) for name, vectors in spaces}


def _baselines(
    subject: Subject, rows: ParallelRows, target: str, items: tuple[str, ...]
) -> Iterator[Result]:
    languages = language_of(rows.source), language_of(target)
    sentences = rows.test[rows.source], rows.test[target]
    found = retrieve_by_tokens(*sentences, languages), retrieve_by_spelling(*sentences)
    for name, hits in zip(BASELINES, found, strict=True):
        results = _results(subject, rows, target, None, f"{name}_p@1", hits)
        results = [replace(result, model=name, step=0) for result in results]
        _keep(subject, results, hits, items)
        yield from results


def _keep(
    subject: Subject, results: list[Result], hits: retrieval.Hits, items: tuple[str, ...]
) -> None:
    """Records which pairs were hit, one result per direction."""
    for result, of_direction in zip(results, hits, strict=True):
        subject.keep(result, [of_hits(of_direction)], items)


def _examples(
    subject: Subject,
    rows: ParallelRows,
    target: str,
    results: list[Result],
    found: Mapping[tuple[str, int], retrieval.Hits],
) -> Iterator[Examples]:
    """Yields examples behind the headline figure, at the layer that reports choose.

    Args:
      found: the hits of each space and layer.
    """
    measured = {result.metric for result in results}
    for space in ("raw", "procrustes"):
        both = [f"p@1_{space}_{direction}" for direction in DIRECTIONS]
        if both[0] in measured:
            layer = chosen_layer(results, both)
            assert layer is not None
            result = next(r for r in results if (r.metric, r.layer) == (both[0], layer))
            pairs = next(p for p in subject.layer_pairs(rows, target) if p.layer == layer)
            vectors = next(both for name, both in _spaces(subject, pairs) if name == space)
            sentences = rows.test[rows.source]
            hits = found[space, layer].forward
            searched = _searched(sentences, rows.test[target], *vectors, hits)
            order = sorted(range(len(sentences)), key=lambda row: len(sentences[row]))
            chosen = [searched.look_up(order[i]) for i in evenly(len(order), SHOWN)]
            yield Examples(result, tuple(chosen), tuple(searched.mistakes(MISTAKES)))
            return


def _searched(
    sentences: Sequence[str],
    others: Sequence[str],
    x: np.ndarray,
    y: np.ndarray,
    hits: Bool[np.ndarray, " sentence"],
) -> Searched:
    from_common, to_common = directions(x, y)
    index, score = nearest(from_common, to_common, NEIGHBOURS, half_squares(to_common))
    score = score - half_squares(from_common)[:, None]
    answers = [{row} for row in range(len(sentences))]
    return Searched(sentences, x, answers, others, y, index, score, hits)


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
            beside=tuple(f"{baseline}_p@1_{direction}" for baseline in BASELINES),
        )
        for space, name in SPACES.items()
        for direction, way in DIRECTIONS.items()
    }
    | {
        f"{name}_p@1_{direction}": Metric(f"P@1 {title} {way}", percent=True, baseline=True)
        for name, title in BASELINES.items()
        for direction, way in DIRECTIONS.items()
    },
    needs=(retrieval_rows, warn_of_unknown_tokens),
    checks=(retrieval_rows,),
    only_in_figures=CURVE_POINT,
)

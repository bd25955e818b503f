"""Evaluators that compare parallel sentences: CKA, further measures, retrieval."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32

from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows
from mlm_xling.evaluation.measures import cka, dominance, retrieval
from mlm_xling.evaluation.measures.similarity import MEASURES, WITHIN_ONE_ENCODER
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import LAYER_PAIR, Result

Rows = Float32[np.ndarray, "sentence embed"]
NORMAL = 1.959964
"""Standard errors to either side of a 95% interval."""


def evaluate_cka(subject: Subject) -> list[Result]:
    """Linear CKA of every layer, its safeguards, and of every layer with every other."""
    rows = subject.inputs.parallel_rows()
    results = []
    for target, layer, x, y in _aligned_layers(subject, rows):
        values = _cka_values(subject, x, y)
        results += [
            subject.on_rows("cka", metric, rows, target, layer, value, interval)
            for metric, (value, interval) in values.items()
        ]
    return results if subject.brief else results + _layer_pairs(subject, rows)


def _cka_values(
    subject: Subject, x: Rows, y: Rows
) -> dict[str, tuple[float, tuple[float, float] | None]]:
    """By metric: the value and its interval."""
    seed = subject.config.training.seed
    resamples = 0 if subject.brief else subject.config.evaluation.resamples
    errors = cka.standard_errors(x, y, seed, resamples)
    plain, debiased = cka.linear_cka(x, y), cka.debiased_cka(x, y)
    values = {
        "cka": (plain, _around(plain, errors[0])),
        "cka_debiased": (debiased, _around(debiased, errors[1])),
        "cka_permuted": (cka.permuted_cka(x, y, seed), None),
    }
    shares = max(dominance.variance_shares(rows).max() for rows in (x, y))
    values["top_variance_share"] = (float(shares), None)
    if shares > dominance.DOMINANT:
        kept_x, kept_y = (rows[:, ~dominance.dominant(rows)] for rows in (x, y))
        values["cka_without_dominant"] = (cka.linear_cka(kept_x, kept_y), None)
        values["cka_debiased_without_dominant"] = (cka.debiased_cka(kept_x, kept_y), None)
    return values


def _around(value: float, error: float) -> tuple[float, float] | None:
    if not np.isfinite(error):
        return None
    return value - NORMAL * error, max(value, min(1.0, value + NORMAL * error))


def _layer_pairs(subject: Subject, rows: ParallelRows) -> list[Result]:
    """Debiased CKA of every source layer with every target layer."""
    return [
        subject.on_rows("cka", f"{LAYER_PAIR}{other}", rows, target, layer, cka.debiased_cka(x, y))
        for target in rows.targets
        for layer, x in enumerate(subject.pair(rows, target, "test")[0])
        for other, y in enumerate(subject.pair(rows, target, "test")[1])
    ]


def evaluate_similarity(subject: Subject) -> list[Result]:
    """Of every layer: SVCCA, neuron-wise correlation (within one encoder), shared neighbours."""
    rows = subject.inputs.parallel_rows()
    measures = {
        name: measure
        for name, measure in MEASURES.items()
        if subject.together or name not in WITHIN_ONE_ENCODER
    }
    return [
        subject.on_rows("similarity", name, rows, target, layer, measure(x, y))
        for target, layer, x, y in _aligned_layers(subject, rows)
        for name, measure in measures.items()
    ]


def evaluate_retrieval(subject: Subject) -> list[Result]:
    """P@1 of translation retrieval of every layer, in three spaces and both directions.

    In two encoders only the mapped space means something. With enough rows to fit on, the map is
    also fitted on fewer of them.
    """
    results = []
    for target, rows in subject.inputs.retrieval_rows().items():
        of_split = zip(
            *subject.pair(rows, target, "test"), *subject.pair(rows, target, "fit"), strict=True
        )
        for layer, (x, y, fit_x, fit_y) in enumerate(of_split):
            spaces = {"procrustes": retrieval.aligned(x, y, fit_x, fit_y)}
            if subject.together:
                spaces |= {
                    "raw": (x, y),
                    "centred": (retrieval.centred(x, fit_x), retrieval.centred(y, fit_y)),
                }
            for size in [] if subject.brief else retrieval.curve_sizes(len(fit_x)):
                fewer = retrieval.aligned(x, y, fit_x[:size], fit_y[:size])
                spaces[f"procrustes_{size}"] = fewer
            for space, vectors in spaces.items():
                for direction, hits in retrieval.retrieve(*vectors)._asdict().items():
                    metric, interval = f"p@1_{space}_{direction}", retrieval.wilson_interval(hits)
                    results.append(
                        subject.on_rows(
                            "retrieval", metric, rows, target, layer, hits.mean(), interval
                        )
                    )
    return results


def _aligned_layers(subject: Subject, rows: ParallelRows) -> Iterator[tuple[str, int, Rows, Rows]]:
    """Yields (target, layer, source vectors, target vectors) of every pair and layer."""
    for target in rows.targets:
        for layer, (x, y) in enumerate(zip(*subject.pair(rows, target, "test"), strict=True)):
            yield target, layer, x, y

"""Linear CKA of translations at every layer, with safeguards.

`cka_debiased` is not biased by few sentences, `cka_permuted` is the CKA of random pairs,
`cka_debiased_without_length` is what remains after the logarithm of sentence length is regressed
out, and `cka_without_dominant` omits dimensions with much of the variance.
"""

from collections.abc import Iterator

import numpy as np

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, parallel_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures import cka, dominance
from mlm_xling.evaluation.measures.cka_bootstrap import standard_errors
from mlm_xling.evaluation.measures.length import debiased_cka_without_length
from mlm_xling.evaluation.subject import LayerPairs, Subject
from mlm_xling.results import Result
from mlm_xling.wilson import NORMAL

LAYER_PAIR = "cka_debiased_layer_"
"""Prefix of metrics that compare a source `layer` with the target layer named by the suffix."""


def evaluate_cka(subject: Subject) -> list[Result]:
    """Computes linear CKA of every layer, its safeguards, and every layer with every other."""
    rows = subject.inputs[parallel_rows]
    seed, results = subject.config.training.seed, []
    resamples = 0 if subject.brief else subject.config.evaluation.resamples
    for target in rows.targets:
        for pairs in subject.layer_pairs(rows, target):
            values, choices = _values(pairs, seed), {}
            if pairs.of_choice:
                choices = _values(pairs.of_choice, seed)
            errors = standard_errors(pairs.x, pairs.y, seed, resamples)
            intervals = {
                metric: _around(values[metric], error)
                for metric, error in zip(("cka", "cka_debiased"), errors, strict=True)
            }
            results += [
                subject.on_rows(
                    "cka", metric, rows, target, pairs.layer, value, intervals.get(metric),
                    choices.get(metric),
                )
                for metric, value in values.items()
            ]  # fmt: skip
    if subject.brief:
        return results
    return [*results, *_without_length(subject, rows), *_layer_pairs(subject, rows)]


def _values(pairs: LayerPairs, seed: int) -> dict[str, float]:
    """Returns CKA and its safeguards, by metric."""
    x, y = pairs.x, pairs.y
    shares = max(dominance.variance_shares(rows).max() for rows in (x, y))
    values = {
        "cka": cka.linear_cka(x, y),
        "cka_debiased": cka.debiased_cka(x, y),
        "cka_permuted": cka.permuted_cka(x, y, seed),
        "top_variance_share": float(shares),
    }
    if shares > dominance.DOMINANT:
        kept_x, kept_y = (rows[:, ~dominance.dominant(rows)] for rows in (x, y))
        values["cka_without_dominant"] = cka.linear_cka(kept_x, kept_y)
        values["cka_debiased_without_dominant"] = cka.debiased_cka(kept_x, kept_y)
    return values


def _around(value: float, error: float) -> tuple[float, float] | None:
    if not np.isfinite(error):
        return None
    return value - NORMAL * error, max(value, min(1.0, value + NORMAL * error))


def _without_length(subject: Subject, rows: ParallelRows) -> Iterator[Result]:
    for target in rows.targets:
        lengths = subject.length_pairs(rows, target)
        for pairs in subject.layer_pairs(rows, target):
            layer, other, choice = pairs.layer, pairs.of_choice, None
            value = debiased_cka_without_length(pairs.x, pairs.y, *lengths[:2])
            if other:
                own = [of_fit[-len(other.x) :] for of_fit in lengths[2:]]
                choice = debiased_cka_without_length(other.x, other.y, *own)
            yield subject.on_rows(
                "cka", "cka_debiased_without_length", rows, target, layer, value, choice=choice
            )


def _layer_pairs(subject: Subject, rows: ParallelRows) -> list[Result]:
    """Computes debiased CKA of every source layer with every target layer."""
    return [
        subject.on_rows("cka", f"{LAYER_PAIR}{other}", rows, target, layer, float(value))
        for target in rows.targets
        for layer, of_layer in enumerate(
            cka.debiased_cka_of_all(*subject.pair(rows, target, "test"))
        )
        for other, value in enumerate(of_layer)
    ]


EVALUATOR = Evaluator(
    "cka",
    evaluate_cka,
    {
        "cka": Metric("CKA", curve="CKA"),
        "cka_debiased": Metric("CKA debiased", curve="CKA debiased"),
        "cka_debiased_without_length": Metric("CKA debiased, length regressed out"),
        "cka_permuted": Metric("CKA permuted pairs", baseline=True, curve="CKA permuted pairs"),
        "top_variance_share": Metric("Variance in one dimension", percent=True, baseline=True),
        "cka_without_dominant": Metric("CKA without dominant dimensions"),
        "cka_debiased_without_dominant": Metric("CKA debiased, without dominant dimensions"),
    },
    needs=(parallel_rows, warn_of_unknown_tokens),
    checks=(parallel_rows,),
    half_random=True,
    only_in_figures=LAYER_PAIR,
)

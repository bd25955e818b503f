"""Which of the measurements in `results.jsonl` a report shows, and curves over layers."""

import numpy as np

from mlm_xling.evaluation.results import METRICS, Metric, Result

Curve = dict[int, float]
"""Layer -> value."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "CKA": ("cka",),
    "CKA debiased": ("cka_debiased",),
    "CKA permuted pairs": ("cka_permuted",),
    "P@1 raw": ("p@1_raw_forward", "p@1_raw_backward"),
    "P@1 centred": ("p@1_centred_forward", "p@1_centred_backward"),
    "P@1 Procrustes": ("p@1_procrustes_forward", "p@1_procrustes_backward"),
}
"""Metrics shown as one curve: the mean of both directions."""


def newest(results: list[Result]) -> list[Result]:
    """The results of the configuration measured last; of several steps, the one measured last."""
    if not results:
        return []
    shown = {}
    for result in results:
        if result.config == results[-1].config:
            what = (result.evaluator, result.metric, result.model, result.setting)
            shown[what, result.source, result.target, result.layer] = result
    return list(shown.values())


def by_pair(results: list[Result]) -> dict[tuple[str, str], list[Result]]:
    """Results of each (source, target), in the order of first appearance."""
    pairs: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        pairs.setdefault((result.source, result.target), []).append(result)
    return pairs


def metric_of(result: Result) -> Metric:
    """The metric's entry in `METRICS`; a metric unknown there goes by its bare name."""
    return METRICS.get(result.metric, Metric(result.metric))


def curve(results: list[Result], model: str, family: str) -> Curve:
    """Values over layers of one pair's results: the mean of the family's metrics."""
    values: dict[int, list[float]] = {}
    for result in results:
        if result.model == model and result.metric in FAMILIES[family] and result.layer is not None:
            values.setdefault(result.layer, []).append(result.value)
    return {layer: float(np.mean(values[layer])) for layer in sorted(values)}


def seen_notes(results: list[Result]) -> list[str]:
    """One warning for each pair whose sentences pretraining saw, or may have seen."""
    notes = []
    for (source, target), of_pair in by_pair(results).items():
        fractions = {result.seen for result in of_pair if result.model == "trained"}
        known = [fraction for fraction in fractions if fraction is not None]
        if max(known, default=0.0) > 0:
            notes.append(
                f"{source}-{target}: pretraining saw {max(known):.1%} of the evaluated pairs; "
                "the figures of the trained model are not held out."
            )
        elif None in fractions:
            notes.append(
                f"{source}-{target}: it is unknown whether pretraining saw the evaluated pairs."
            )
    return notes

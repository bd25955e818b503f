"""Selection of the results in `results.jsonl` for a report, and curves over layers."""

import dataclasses
import re
from collections.abc import Collection, Iterable

import numpy as np

from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.evaluation.evaluators import EVALUATORS, METRICS
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.evaluation.inputs.retrieval_rows import retrieval_rows
from mlm_xling.evaluation.measures.dominance import DOMINANT
from mlm_xling.results import OF_TRAINING, TRAINED, Result

Curve = dict[int, float]
"""Layer -> value."""

CURVES: dict[str, tuple[str, ...]] = {
    curve: tuple(name for name, metric in METRICS.items() if metric.curve == curve)
    for curve in dict.fromkeys(metric.curve for metric in METRICS.values())
    if curve
}
"""Metrics shown as one curve: the mean of both directions."""
MANY_PAIRS = 6
"""Maximum number of language pairs to name individually in a sentence."""
ON_SENTENCES = {
    name
    for name, evaluator in EVALUATORS.items()
    if {parallel_rows, retrieval_rows} & set(evaluator.needs)
}
"""Evaluators of sentence pairs."""
TESTED_ON_SENTENCES = ON_SENTENCES | {"contextual"}
"""Evaluators whose results are affected if pretraining has seen the sentences."""
_ONLY_IN_FIGURES = re.compile("|".join(e.only_in_figures for e in EVALUATORS.values()))


def in_tables(metric: str) -> bool:
    """Returns whether tables list a metric."""
    return not _ONLY_IN_FIGURES.match(metric)


def newest(results: list[Result]) -> list[Result]:
    """Selects the results of the configuration measured last, for each evaluator and pair.

    Results that need no training can be measured separately, and are selected separately. Of
    several steps of a model, the one measured last is selected.
    """
    last = {_measured(result): result.config for result in results}
    steps = {(_measured(r), r.model): r.step for r in results if r.config == last[_measured(r)]}
    shown = {}
    for result in results:
        of = _measured(result)
        if (result.config, result.step) == (last[of], steps.get((of, result.model))):
            what = (result.evaluator, result.metric, result.model, result.setting)
            shown[what, result.source, result.target, result.layer] = result
    return list(shown.values())


def _measured(result: Result) -> tuple[str, str, str, bool, bool]:
    # Training records dev perplexities, which the evaluator of that name does not replace.
    dev = result.metric.startswith("dev_perplexity")
    return result.evaluator, result.source, result.target, result.model in OF_TRAINING, dev


def while_training(results: Iterable[Result]) -> list[Result]:
    """Selects what was measured during training, on the branch that led to the final model.

    A run resumed from an earlier step, say with another rate after divergence, abandons a branch:
    measurements at its later steps are not of the final model. It has gone back if an earlier step
    is measured, or the same one again.

    Args:
      results: from `mlm_xling.results.read_results`, in order.
    """
    results = list(results)
    configs = {result.config for result in results if result.metric == "dev_perplexity"}
    kept: dict[tuple, Result] = {}
    reached = 0
    for result in results:
        if result.config not in configs:
            continue
        if result.metric == "dev_perplexity":
            if result.step < reached:
                kept = {key: one for key, one in kept.items() if one.step <= result.step}
            reached = result.step
        kept[dataclasses.replace(result, config="").identity] = result
    return list(kept.values())


def by_pair(results: list[Result]) -> dict[tuple[str, str], list[Result]]:
    """Groups results by (source, target), in order of first appearance."""
    pairs: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        pairs.setdefault((result.source, result.target), []).append(result)
    return pairs


def named_pairs(results: list[Result]) -> str:
    """Lists the pairs of languages; if there are many, the sources and the number of others."""
    pairs = list(by_pair(results))
    if len(pairs) <= MANY_PAIRS:
        return ", ".join("-".join(pair) for pair in pairs)
    sources, targets = (list(dict.fromkeys(side)) for side in zip(*pairs, strict=True))
    return f"{', '.join(sources)} and {len(set(targets) - set(sources))} others"


def metric_of(result: Result) -> Metric:
    """Looks up a metric in `METRICS`; unknown ones are titled by their name."""
    return METRICS.get(result.metric, Metric(result.metric))


def curve(results: list[Result], model: str, name: str) -> Curve:
    """Averages the curve's metrics over one pair's results, at each layer."""
    values = mean_by_layer([r for r in results if r.model == model], CURVES[name])
    return {layer: value for layer, value in values.items() if layer is not None}


def family(metric: str) -> tuple[str, ...]:
    """Returns the metrics of the same curve, for which one layer is selected."""
    return CURVES.get(METRICS[metric].curve, (metric,)) if metric in METRICS else (metric,)


def baselines_beside(metrics: Collection[str]) -> set[str]:
    """Returns the model-free baselines that are shown beside metrics."""
    return {beside for name in metrics if name in METRICS for beside in METRICS[name].beside}


def level(results: list[Result], metrics: Collection[str]) -> float | None:
    """Returns the best mean of a baseline `beside` metrics over one pair's results, if any."""
    baselines = baselines_beside(metrics)
    by_model: dict[str, list[float]] = {}
    for result in results:
        if result.metric in baselines:
            by_model.setdefault(result.model, []).append(result.value)
    return max((float(np.mean(values)) for values in by_model.values()), default=None)


def mean_by_layer(results: list[Result], metrics: Collection[str]) -> dict[int | None, float]:
    """Averages metrics at every layer, None (no layer) first."""
    values: dict[int | None, list[float]] = {}
    for result in results:
        if result.metric in metrics:
            values.setdefault(result.layer, []).append(result.value)
    order = sorted(values, key=lambda layer: -1 if layer is None else layer)
    return {layer: float(np.mean(values[layer])) for layer in order}


def items_of(results: Iterable[Result]) -> str:
    """Formats the number of items of results: `40`, or `20 to 40`."""
    counts = [result.n for result in results]
    few, many = min(counts), max(counts)
    return f"{few:,}" if few == many else f"{few:,} to {many:,}"


def seen_notes(results: list[Result]) -> list[str]:
    """Returns a warning per pair whose sentences pretraining saw, or may have seen.

    Evaluators outside the registry can report that they were seen, but not that it is unknown.
    """
    notes = []
    told = [r for r in results if r.seen is not None or r.evaluator in TESTED_ON_SENTENCES]
    for (source, target), of_pair in by_pair(told).items():
        fractions = {result.seen for result in of_pair if result.model == TRAINED}
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


def dominance_notes(results: list[Result]) -> list[str]:
    """Returns a remark per pair in whose vectors single dimensions have much of the variance."""
    notes = []
    for (source, target), of_pair in by_pair(results).items():
        without = {r.layer: r.value for r in of_pair if _trained(r, "cka_without_dominant")}
        plain = {r.layer: r.value for r in of_pair if _trained(r, "cka")}
        shares = {r.layer: r.value for r in of_pair if _trained(r, "top_variance_share")}
        if without:
            shown = "; ".join(
                f"layer {layer}: {shares[layer]:.0%}, CKA {plain[layer]:.2f} with and "
                f"{value:.2f} without"
                for layer, value in without.items()
            )
            notes.append(
                f"{source}-{target}: single dimensions hold more than {DOMINANT:.0%} of the "
                f"variance (the largest share, and linear CKA with and without them: {shown})."
            )
    return notes


def _trained(result: Result, metric: str) -> bool:
    return result.model == TRAINED and result.metric == metric

"""Correlation of similarity and retrieval over the layers of an encoder."""

from dataclasses import replace
from typing import Any

import numpy as np
import scipy

from mlm_xling.evaluation.descriptor import Metric
from mlm_xling.results import Result

MIN_LAYERS = 3
"""Minimum number of layers; two points always lie on a line."""
RETRIEVAL = ("p@1_procrustes_forward", "p@1_procrustes_backward")
METRICS = {"pearson_cka_retrieval": Metric("Pearson of CKA and P@1 over layers")}


def correlate(results: list[Result]) -> list[Result]:
    """Correlates CKA with P@1 (Pearson; mapped, mean of both directions) for each target.

    Its n is the number of layers; the interval is Fisher's, with four or more layers. There is no
    result if either measurement is missing, or is constant.
    """
    return [
        found
        for target in dict.fromkeys(result.target for result in results)
        for found in _of_target([result for result in results if result.target == target])
    ]


def _of_target(results: list[Result]) -> list[Result]:
    cka = {result.layer: result for result in results if result.metric == "cka"}
    hits: dict[int | None, list[float]] = {}
    for result in results:
        if result.metric in RETRIEVAL:
            hits.setdefault(result.layer, []).append(result.value)
    layers = [layer for layer in cka if layer in hits]
    x = np.array([cka[layer].value for layer in layers])
    y = np.array([np.mean(hits[layer]) for layer in layers])
    if len(layers) < MIN_LAYERS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return []
    found: Any = scipy.stats.pearsonr(x, y)  # SciPy types it as a plain tuple
    interval = found.confidence_interval() if len(layers) > MIN_LAYERS else None
    low, high = (None, None) if interval is None else (float(interval.low), float(interval.high))
    return [
        replace(
            cka[layers[0]],
            evaluator="correlation",
            metric="pearson_cka_retrieval",
            layer=None,
            value=float(found.statistic),
            low=low,
            high=high,
            n=len(layers),
            items=None,  # The items are layers, not sentences.
            choice=None,
        )
    ]

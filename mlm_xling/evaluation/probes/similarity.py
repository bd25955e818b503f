"""Similarity measures that complement CKA."""

import numpy as np

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures.similarity import MEASURES, WITHIN_ONE_ENCODER
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result


def evaluate_similarity(subject: Subject) -> list[Result]:
    """Computes SVCCA, neuron-wise correlation (within one encoder) and neighbour overlap.

    Each is also computed on random pairs: with few sentences and wide vectors, SVCCA finds
    correlated directions in anything.
    """
    rows = subject.inputs[parallel_rows]
    measures = {
        name: measure
        for name, measure in MEASURES.items()
        if subject.together or name not in WITHIN_ONE_ENCODER
    }
    results = []
    for target in rows.targets:
        for pairs in subject.layer_pairs(rows, target):
            others = pairs.y[_random_order(len(pairs.y), subject)]
            for name, measure in measures.items():
                where = rows, target, pairs.layer
                choice = measure(half.x, half.y) if (half := pairs.of_choice) else None
                value = measure(pairs.x, pairs.y)
                results.append(subject.on_rows("similarity", name, *where, value, choice=choice))
                if not subject.brief:
                    value = measure(pairs.x, others)
                    results.append(subject.on_rows("similarity", f"{name}_permuted", *where, value))
    return results


def _random_order(count: int, subject: Subject) -> np.ndarray:
    return np.random.default_rng(subject.config.training.seed).permutation(count)


EVALUATOR = Evaluator(
    "similarity",
    evaluate_similarity,
    {
        "svcca": Metric("SVCCA", curve="SVCCA"),
        "anc": Metric("Neuron-wise correlation", curve="neuron-wise"),
        "neighbour_overlap": Metric("Shared neighbours", percent=True, curve="neighbours"),
        "svcca_permuted": Metric("SVCCA permuted pairs", baseline=True),
        "anc_permuted": Metric("Neuron-wise correlation permuted pairs", baseline=True),
        "neighbour_overlap_permuted": Metric(
            "Shared neighbours permuted pairs", percent=True, baseline=True
        ),
    },
    needs=(parallel_rows, warn_of_unknown_tokens),
    checks=(parallel_rows,),
    half_random=True,
)

"""Measures of similarity beside CKA: what one of them overlooks another may see."""

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.parallel_rows import parallel_rows
from mlm_xling.evaluation.inputs.unknown_tokens import warn_of_unknown_tokens
from mlm_xling.evaluation.measures.similarity import MEASURES, WITHIN_ONE_ENCODER
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result


def evaluate_similarity(subject: Subject) -> list[Result]:
    """Measures SVCCA, neuron-wise correlation (within one encoder) and shared neighbours."""
    rows = subject.inputs[parallel_rows]
    measures = {
        name: measure
        for name, measure in MEASURES.items()
        if subject.together or name not in WITHIN_ONE_ENCODER
    }
    return [
        subject.on_rows(
            "similarity", name, rows, target, pairs.layer, measure(pairs.x, pairs.y),
            choice=measure(other.x, other.y) if (other := pairs.of_choice) else None,
        )
        for target in rows.targets
        for pairs in subject.layer_pairs(rows, target)
        for name, measure in measures.items()
    ]  # fmt: skip


EVALUATOR = Evaluator(
    "similarity",
    evaluate_similarity,
    {
        "svcca": Metric("SVCCA", curve="SVCCA"),
        "anc": Metric("Neuron-wise correlation", curve="neuron-wise"),
        "neighbour_overlap": Metric("Shared neighbours", percent=True, curve="neighbours"),
    },
    needs=(parallel_rows, warn_of_unknown_tokens),
    checks=(parallel_rows,),
    half_random=True,
)

"""Is the nearest sentence of the other language the translation?

`p@1_<space>_forward` asks with a sentence of the source language and searches the target language,
`backward` the other way round. Spaces are told by `mlm_xling.evaluation.measures.retrieval`.
"""

from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.inputs.parallel_rows import retrieval_rows
from mlm_xling.evaluation.measures import retrieval
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result

SPACES = {"raw": "raw", "centred": "centred", "procrustes": "Procrustes"}
"""Space -> its name in titles."""
DIRECTIONS = {"forward": "{source}→{target}", "backward": "{target}→{source}"}
CURVE_POINT = r"p@1_procrustes_(\d+)_(?:forward|backward)"
"""Pattern of the metrics of maps fitted on so many rows."""


def evaluate_retrieval(subject: Subject) -> list[Result]:
    """Measures P@1 of every layer, in three spaces and both directions.

    In two encoders only the mapped space means something. With enough rows to fit on, the map is
    also fitted on fewer of them.
    """
    results = []
    for target, rows in subject.inputs[retrieval_rows].items():
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


EVALUATOR = Evaluator(
    "retrieval",
    evaluate_retrieval,
    {
        f"p@1_{space}_{direction}": Metric(f"P@1 {name} {way}", percent=True, curve=f"P@1 {name}")
        for space, name in SPACES.items()
        for direction, way in DIRECTIONS.items()
    },
    needs=(retrieval_rows,),
    only_in_figures=CURVE_POINT,
)

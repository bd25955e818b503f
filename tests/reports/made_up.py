"""Made-up results that tests of reports share."""

import numpy as np
from matplotlib.lines import Line2D

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint
from mlm_xling.evaluation.evaluators import EVALUATORS
from mlm_xling.reports.sections import Section
from mlm_xling.reports.tables import Table
from mlm_xling.results import Result

PNG = b"\x89PNG\r\n\x1a\n"


def xs(line: Line2D) -> list[float]:
    """Where the points of a line are, from left to right; `ys` from below."""
    return np.asarray(line.get_xdata()).tolist()


def ys(line: Line2D) -> list[float]:
    return np.asarray(line.get_ydata()).tolist()


def measured(metric="cka", layer: int | None = 0, value=0.5, **changes):
    fields = {
        "evaluator": "retrieval" if metric.startswith("p@1") else "cka",
        "model": "trained",
        "source": "en",
        "target": "fr",
        "low": None,
        "high": None,
        "n": 1000,
        "step": 6000,
        "seed": 0,
        "config": fingerprint(Config()),
        "seen": 0.0,
    }
    return Result(metric=metric, layer=layer, value=value, **(fields | changes))


def everything(**changes):
    """All metrics, two models, three layers; layer 1 is the best."""
    return [
        measured(metric, layer, share * value, model=model, **changes)
        for model, share in (("trained", 1.0), ("random", 0.25))
        for metric in (*EVALUATORS["cka"].metrics, *EVALUATORS["retrieval"].metrics)
        if metric.startswith(("cka", "p@1")) and "dominant" not in metric
        for layer, value in enumerate((0.25, 0.625, 0.5))
    ]


def lexical(forward=0.31, backward=0.29):
    return [
        measured(f"lexical_p@1_{direction}", None, value, model="lexical", evaluator="retrieval")
        for direction, value in (("forward", forward), ("backward", backward))
    ]


def table_of(section: Section) -> Table:
    """The table of a section, which must have one."""
    assert section.table is not None
    return section.table

"""Made-up results that are kept in records."""

from mlm_xling.results import Result


def kept_result(metric: str, layer: int | None, value: float, n: int = 100, **fields) -> Result:
    common = {"evaluator": "retrieval", "model": "trained", "source": "a", "target": "b"}
    common |= {"step": 1, "seed": 0, "config": "c", "seen": 0.0, "low": None, "high": None}
    return Result(**{**common, "metric": metric, "layer": layer, "value": value, "n": n, **fields})

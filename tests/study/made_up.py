"""Runs of a made-up study: what they measured, without any model."""

import dataclasses
from pathlib import Path

import numpy as np

from mlm_xling.outcomes import Outcome, item_digests
from mlm_xling.results import Result
from mlm_xling.study.cell import Cell, Stage
from mlm_xling.study.definition import Study
from mlm_xling.study.layer_evidence import CKA, CORRELATION
from mlm_xling.study.measured import Run
from mlm_xling.wilson import NORMAL

ITEMS = 120
LUCK = (0.01, -0.01, 0.0)
"""What seeds add to a score."""


def result(metric: str, value: float, *, error: float | None = 0.01, **changes) -> Result:
    fields = {
        "evaluator": "parsing", "model": "trained", "source": "a", "target": "b", "layer": None,
        "n": 1_000, "step": 5, "seed": 0, "config": "c", "seen": 0.0,
        "low": None if error is None else value - NORMAL * error,
        "high": None if error is None else value + NORMAL * error,
    }  # fmt: skip
    return Result(metric=metric, value=value, **(fields | changes))


def hits_of(share: float, items: int = ITEMS) -> np.ndarray:
    """Right on the first items, as many as the share asks for."""
    return (np.arange(items) < round(share * items)).astype(np.float64)


def by_item(shown: Result, hits: np.ndarray, names: list[str] | None = None) -> Outcome:
    """An accuracy by item."""
    items = item_digests(names or [f"{shown.target} {i}" for i in range(len(hits))])
    return Outcome(shown, items, hits[None], np.ones_like(hits)[None])


def run(
    row: str,
    seed: int,
    results: list[Result],
    outcomes: list[Outcome] = (),  # pyright: ignore[reportArgumentType]
    *,
    pair: str = "a-b",
    corpus: str = "corpus",
    first_line: int = 2,
) -> Run:
    stages = [Stage("pretrain", (), ""), Stage("probes", (), "")]
    if any(one.model != "trained" for one in results):
        stages.append(Stage("untrained", (), "", untrained=True))
    cell = Cell(pair, row, seed, Path(pair) / row / str(seed), tuple(stages), corpus)
    return Run(cell, results, {one.result.identity: one for one in outcomes}, first_line)


def transfer_run(row: str, seed: int, share: float, pair: str = "a-b", **others: float) -> Run:
    """A run whose LAS on the target is `share`; of other models what `others` say."""
    target = pair[-1]
    shown = [result("las", hits_of(share).mean(), target=target, seed=seed, n=ITEMS)]
    shown += [
        result("las", hits_of(other).mean(), target=target, model=model, seed=seed, n=ITEMS)
        for model, other in others.items()
    ]
    shares = (share, *others.values())
    outcomes = [by_item(one, hits_of(of)) for one, of in zip(shown, shares, strict=True)]
    return run(row, seed, shown, outcomes, pair=pair, corpus=f"{pair} {row}")


STUDY = Study(
    config="configs/demo.py",
    rows=("default", "no_anchors"),
    pairs=("a-b", "a-d"),
    seeds=(0, 1),
    evaluators=("cka",),
    settings={"training.steps": 7, "optimizer.learning_rate": 1e-3},
    of_row={"no_anchors": {"optimizer.learning_rate": 5e-4}},
)


def changed(**fields) -> Study:
    return dataclasses.replace(STUDY, **fields)


def cka_run(row: str, seed: int, by_layer, untrained: float | None, corpus: str) -> Run:
    """A run with a CKA at each layer; Default also has its correlation with retrieval."""
    shown = {"evaluator": "cka", "seed": seed}
    results = [
        result(CKA, value + LUCK[seed], layer=i, **shown) for i, value in enumerate(by_layer)
    ]
    if untrained is not None:
        results += [
            result(CKA, untrained, layer=i, model="random", **shown) for i in range(len(by_layer))
        ]
    if row == "default":
        results.append(result(CORRELATION, 0.9 + LUCK[seed], evaluator="correlation", seed=seed))
    return run(row, seed, results, corpus=corpus)


def cka_runs(bilingual=(0.8, 0.7, 0.5, 0.4), monolingual=(0.6, 0.6, 0.5, 0.4)) -> list[Run]:
    """Three seeds of one model of two languages, and of two models of one."""
    return [
        cka_run(row, seed, by_layer, 0.2 if seed == 0 else None, row)
        for row, by_layer in {"default": bilingual, "monolingual": monolingual}.items()
        for seed in range(3)
    ]

"""What the lab shows, over seeds: two languages in one model, without anchors, in two models.

    python -m benchmarks.emergence runs/emergence docs/results/lab.json

Trains and evaluates what is missing in the folder (about five hours of a core for five seeds; a
killed run goes on where it was) and writes every seed's figure at every layer. A pair of models of
one language each has seen as much of its language as the bilingual model has. What anchors do is
the difference between `with_anchors` and `without_anchors`, whose optimizers are set alike.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from mlm_xling.reports.selection import in_tables
from mlm_xling.results import FILE_NAME, Result, read_results

SEEDS = range(5)
EVALUATORS = ("cka", "retrieval", "lexicon")
ALONE = "--config.training.steps=2500"
SLOWER = ("--config.optimizer.learning_rate=3e-3", "--config.optimizer.warmup_steps=500")
"""At the default, 5e-3, nothing is learnt without anchors."""
RUNS = {
    "bilingual": ("a-b/default",),
    "with_anchors": ("a-b/default", *SLOWER),
    "without_anchors": ("a-b/default", "--config.lab.anchors=0", *SLOWER),
    "a": ("a/monolingual", ALONE),
    "b": ("b/monolingual", ALONE),
}
"""Row of Table 1 and further flags."""
SEEDS_APART = {"b": len(SEEDS)}
"""The second model of a pair starts from other parameters than the first."""


def run(program: str, *flags: str) -> None:
    """Runs one of the two programs."""
    subprocess.run([sys.executable, program, *flags], check=True)


def pretrained(name: str, seed: int, folder: Path) -> Path:
    """The workdir of a run, trained if it is not yet."""
    row, *flags = RUNS[name]
    workdir = folder / f"{name}-{seed}"
    run(
        "run_pretrain.py",
        f"--config=configs/lab.py:{row}",
        f"--config.training.seed={seed + SEEDS_APART.get(name, 0)}",
        f"--workdir={workdir}",
        *flags,
    )
    return workdir


def evaluated(workdir: Path, *flags: str) -> list[Result]:
    """All that was measured on a run, measured if it is not yet."""
    found = read_results(workdir / FILE_NAME)
    missing = [name for name in EVALUATORS if name not in {result.evaluator for result in found}]
    if missing:
        run(
            "run_eval.py",
            f"--workdir={workdir}",
            "--checkpoint=latest",
            f"--evaluators={','.join(missing)}",
            *flags,
        )
    return read_results(workdir / FILE_NAME)


def by_layer(results: Iterable[Result], model: str) -> dict[str, dict[str, float]]:
    """Metric -> layer -> value; directions of retrieval are averaged."""
    values: dict[str, dict[str, list[float]]] = {}
    for result in results:
        if result.model == model and result.setting is None and in_tables(result.metric):
            metric = result.metric.removesuffix("_forward").removesuffix("_backward")
            layer = "static" if result.layer is None else str(result.layer)
            values.setdefault(metric, {}).setdefault(layer, []).append(result.value)
    return {
        metric: {layer: round(sum(found) / len(found), 4) for layer, found in layers.items()}
        for metric, layers in values.items()
    }


def main(folder: Path, output: Path) -> None:
    """Runs all, writes the figures."""
    measured: dict[str, list[list[Result]]] = {}
    for seed in SEEDS:
        for name in ("bilingual", "with_anchors", "without_anchors"):
            workdir = pretrained(name, seed, folder)
            measured.setdefault(name, []).append(evaluated(workdir))
        first, second = (pretrained(name, seed, folder) for name in ("a", "b"))
        together = evaluated(first, f"--target_workdir={second}")
        measured.setdefault("two_models", []).append(together)
    report = {
        "command": "python -m benchmarks.emergence runs/emergence docs/results/lab.json",
        "runs": {name: " ".join(flags) for name, flags in RUNS.items()},
        "results": {
            name: {
                model: [by_layer(results, model) for results in of_seeds]
                for model in ("trained", "random", "lexical")
            }
            for name, of_seeds in measured.items()
        },
    }
    output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

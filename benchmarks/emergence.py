"""What the lab shows, over seeds: two languages in one model, without anchors, in two models.

    python -m benchmarks.emergence runs/emergence

Trains and evaluates what is missing in the folder (about five hours of a core for five seeds; a
killed run goes on where it was) and keeps the results in `docs/results/lab.jsonl`. A pair of models
of one language each has seen as much of its language as the bilingual model has. What anchors do
is the difference between `with_anchors` and `without_anchors`, whose optimizers are set alike.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.records import keep
from mlm_xling.reports.selection import newest
from mlm_xling.results import FILE_NAME, read_results

SEEDS = range(5)
EVALUATORS = ("cka", "retrieval", "lexicon")
ALONE = "--config.training.steps=2500"
SLOWER = ("--config.optimizer.learning_rate=3e-3", "--config.optimizer.warmup_steps=500")
"""Flags of a lower learning rate: at the default, 5e-3, nothing is learnt without anchors."""
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
        f"--config=configs/demo.py:{row}",
        f"--config.training.seed={seed + SEEDS_APART.get(name, 0)}",
        f"--workdir={workdir}",
        *flags,
    )
    return workdir


def compare(evaluations: dict[Path, tuple[str, ...]]) -> None:
    """Measures what is missing, and asks everybody the same words of the dictionary.

    Vocabularies differ in what they have of it, so after its own words each is asked those of all.

    Args:
      evaluations: flags that say of what, by the folder of the results.
    """
    for folder, flags in evaluations.items():
        done = {result.evaluator for result in read_results(folder / FILE_NAME)}
        evaluate([name for name in EVALUATORS if name not in done], *flags)
    found = [newest(read_results(folder / FILE_NAME)) for folder in evaluations]
    if len({r.items for results in found for r in results if r.metric == "word_p@1"}) > 1:
        only = f"--config.evaluation.lexicon.only={','.join(map(str, evaluations))}"
        for flags in evaluations.values():
            evaluate(["lexicon"], only, *flags)


def evaluate(evaluators: list[str], *flags: str) -> None:
    """Runs some evaluators, if any."""
    if evaluators:
        names = f"--evaluators={','.join(evaluators)}"
        run("run_eval.py", "--checkpoint=latest", names, *flags)


def evaluations_of(workdirs: dict[str, Path], apart: Path) -> dict[Path, tuple[str, ...]]:
    """Lists what is evaluated of the runs of a seed, as `compare` takes it.

    Args:
      apart: the folder of what compares the two models of one language each.
    """
    listed = {
        workdir: (f"--workdir={workdir}",)
        for name, workdir in workdirs.items()
        if name not in ("a", "b")
    }
    source, target = (workdirs[name] for name in ("a", "b"))
    of_both = f"--workdir={source}", f"--target_workdir={target}", f"--output={apart}"
    return {**listed, apart: of_both}


def main(folder: Path) -> None:
    """Runs all, and keeps what was measured."""
    for seed in SEEDS:
        workdirs = {name: pretrained(name, seed, folder) for name in RUNS}
        evaluations = evaluations_of(workdirs, folder / f"two_models-{seed}")
        compare(evaluations)
        keep("lab", {place.name: place for place in evaluations})


if __name__ == "__main__":
    main(Path(sys.argv[1]))

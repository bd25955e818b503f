"""Experiments of many small runs, with seeds: what is missing of them is made, and kept.

A killed experiment goes on where it was, by the same command; `--only=<name>-<seed>` makes a single
run.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.records import keep
from mlm_xling.results import FILE_NAME, RANDOM, TRAINED, read_results

SEEDS = range(3)
WHERE_LANGUAGES_MEET = (
    "--config.lab.sentences=200000",
    "--config.lab.common_frequencies=0.5",
    "--config.lab.common_preferences=1",
    "--config.optimizer.learning_rate=3e-3",
    "--config.optimizer.warmup_steps=500",
)
"""Text and training with which languages of the lab without a shared id meet
(docs/results/emergence.md)."""
Make = Callable[[str, int, Path], Path]
"""From name, seed and the folder of the experiment to that of the run's results."""


def one_setting(*tasks: str) -> tuple[str, ...]:
    """Flags that fine-tune with one setting, that of `configs/studies/table1_lab.py`."""
    values = {
        "batch_sizes": "32",
        "learning_rates": "1e-3",
        "head_learning_rates": "",
        "schedule": "linear",
        "epochs": "5",
        "epoch_examples": "0",
    }
    return (
        "--config.evaluation.finetuning.quick=false",
        *(
            f"--config.evaluation.{task}.{field}={values[field]}"
            for task in tasks
            for field in values
        ),
    )


def run(program: str, *flags: str) -> None:
    """Runs one of the two programs."""
    subprocess.run([sys.executable, program, *flags], check=True)


def pretrain(name: str, seed: int, folder: Path, *flags: str) -> Path:
    """Trains a run as far as it is not yet, with text of its seed, and returns its workdir."""
    workdir = folder / f"{name}-{seed}"
    run("run_pretrain.py", *flags, *seeds_of(seed, folder), f"--workdir={workdir}")
    return workdir


def seeds_of(seed: int, folder: Path) -> tuple[str, ...]:
    """The flags of a seed, and of the cache that the runs of an experiment have in common."""
    return (
        f"--config.data.cache_dir={folder / 'cache'}",
        f"--config.data.seed={seed}",
        f"--config.training.seed={seed}",
    )


def measure(
    evaluators: Iterable[str],
    workdir: Path,
    *flags: str,
    untrained: bool = True,
    place: Path | None = None,
) -> None:
    """Evaluates a run, and its untrained encoder, as far as it is not yet.

    Args:
      flags: further ones of `run_eval.py`.
      place: where the results go, if not into the run's own folder.
    """
    if names := missing(evaluators, place or workdir, RANDOM if untrained else TRAINED):
        run(
            "run_eval.py",
            f"--workdir={workdir}",
            *([f"--output={place}"] if place else []),
            "--checkpoint=latest",
            f"--evaluators={names}",
            f"--models={'trained,untrained' if untrained else 'trained'}",
            *flags,
        )


def missing(evaluators: Iterable[str], folder: Path, last: str = RANDOM) -> str:
    """Names the evaluators, for `--evaluators`, that have not measured the `last` model there.

    Perplexity on dev text does not count: pretraining writes it.
    """
    done = {
        one.evaluator
        for one in read_results(folder / FILE_NAME)
        if one.model == last and not one.metric.startswith("dev_perplexity")
    }
    return ",".join(name for name in evaluators if name not in done)


def main(
    record: str, names: Iterable[str], make: Make, kept: str, seeds: Iterable[int] = SEEDS
) -> None:
    """Makes all runs, or one, in the folder that the command names, and keeps what they measured.

    Args:
      record: the name of the record in `docs/results/`.
      kept: the pattern of the metrics that its page quotes.
    """
    runs = {f"{name}-{seed}": (name, seed) for seed in seeds for name in names}
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=runs, action="append")
    asked = parser.parse_args()
    for name, seed in map(runs.__getitem__, asked.only or runs):
        place = make(name, seed, asked.folder)
        keep(record, {place.name: place}, only=kept)

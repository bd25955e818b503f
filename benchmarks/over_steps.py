"""When does what emerge? Transfer of tasks, retrieval, CKA and language identity over training.

    python -m benchmarks.over_steps runs/over_steps

Trains two runs for each seed, with and without shared ids (twenty minutes of a core each), stops
them at a few steps to measure them there (three minutes each), and keeps the results in
`docs/results/over-steps.jsonl`. A killed run goes on where it was, by the same command;
`--only=no_anchors_1000-0` trains a run up to a step; earlier ones have to be measured before.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.experiments import (
    WHERE_LANGUAGES_MEET,
    main,
    measure,
    missing,
    one_setting,
    seeds_of,
)
from mlm_xling.results import FILE_NAME, RANDOM, TRAINED, Result, append_results, read_results
from mlm_xling.training.resuming import newest_metadata

ROWS = ("default", "no_anchors")
STEPS = (500, 1_000, 2_000, 4_000, 8_000, 12_000)
TASKS = ("parsing", "pos", "ner")
EVALUATORS = ("retrieval", "cka", "language_identity", *TASKS)
KEPT = (
    r"(p@1_(raw|centred|procrustes)_(forward|backward)|cka_debiased|language_identity.*|"
    r"las|accuracy|f1|dev_perplexity)$"
)
"""Metrics that the page quotes."""
SETTINGS = (
    "--config.lab.languages=a,b",
    *WHERE_LANGUAGES_MEET,
    f"--config.training.steps={STEPS[-1]}",
    f"--config.training.checkpoint_every={STEPS[0]}",
    f"--config.training.evaluate_every={STEPS[0]}",
    *one_setting(*TASKS),
)
"""Those of `configs/studies/table1_lab.py`, whose text has a third language."""


def flags_of(row: str) -> tuple[str, ...]:
    """The flags of a run but for its seed and its place."""
    return (f"--config=configs/demo.py:a-b/{row}", *SETTINGS)


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains a run up to a step, `<row>_<step>`, measures it, and returns where the results are."""
    row, _, step = name.rpartition("_")
    workdir, place = folder / f"{row}-{seed}", folder / f"{name}-{seed}"
    first = int(step) == STEPS[0]
    if missing(EVALUATORS, place, RANDOM if first else TRAINED):
        train_until(int(step), workdir, *flags_of(row), *seeds_of(seed, folder))
        append_results(place / FILE_NAME, _perplexities(workdir, int(step)))
        measure(EVALUATORS, workdir, untrained=first, place=place)
    return place


def train_until(step: int, workdir: Path, *flags: str) -> None:
    """Trains until a checkpoint of the step is there, and stops the run soon after it."""
    if _reached(workdir) >= step:
        return
    training = subprocess.Popen([sys.executable, "run_pretrain.py", *flags, f"--workdir={workdir}"])
    while training.poll() is None and _reached(workdir) < step:
        time.sleep(0.5)
    training.send_signal(signal.SIGTERM)
    # A run that is just ending dies of the signal instead of ending in its own way.
    if training.wait() not in (0, 128 + signal.SIGTERM, -signal.SIGTERM):
        raise SystemExit(training.returncode)


def _perplexities(workdir: Path, step: int) -> list[Result]:
    """What training itself measured on dev text at a step."""
    return [
        result
        for result in read_results(workdir / FILE_NAME)
        if result.metric == "dev_perplexity" and result.step == step
    ]


def _reached(workdir: Path) -> int:
    metadata = newest_metadata(workdir)
    return metadata.step if metadata else 0


if __name__ == "__main__":
    main("over-steps", [f"{row}_{step}" for row in ROWS for step in STEPS], make, KEPT)

"""Can a language be learnt later, as embeddings for a body that was trained on another one?

    python -m benchmarks.later_embeddings runs/later_embeddings

Trains and evaluates what is missing in the folder (15 runs, each some six minutes of a core; a
killed run goes on where it was) and keeps the results in `docs/results/later-embeddings.jsonl`.
`--only=later-0` makes a single run and what it starts from. docs/how-to/controlled-languages.md.
"""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.controlled import EVALUATORS, KEPT, TASKS
from benchmarks.experiments import WHERE_LANGUAGES_MEET, main, measure, one_setting, pretrain

_ONLY_EMBEDDINGS = "--config.training.trainable=embeddings"


@dataclass(frozen=True)
class Run:
    """What is trained, and from which parameters."""

    flags: tuple[str, ...]
    begins_from: str = ""
    """The run whose parameters it goes on with."""


RUNS = {
    "first": Run(("--config.training.languages=a",)),
    "later": Run(("--config.training.languages=b", _ONLY_EMBEDDINGS), "first"),
    "first_random_body": Run(("--config.training.languages=a", _ONLY_EMBEDDINGS)),
    "later_random_body": Run(
        ("--config.training.languages=b", _ONLY_EMBEDDINGS), "first_random_body"
    ),
    # As many tokens of each language as the two runs have read that train them in turn.
    "together": Run(("--config.training.steps=10000",)),
}
SETTINGS = (
    "--config=configs/demo.py:a-b/sep_emb",
    "--config.lab.languages=a,b",
    *WHERE_LANGUAGES_MEET,
    "--config.lab.labelled=2000",
    *one_setting(*TASKS),
)


def flags_of(name: str, folder: Path, seed: int) -> tuple[str, ...]:
    """The flags of a run but for its seed and its place."""
    asked = RUNS[name]
    start = folder / f"{asked.begins_from}-{seed}"
    begins = (f"--config.training.init_from={start}",) if asked.begins_from else ()
    return (*SETTINGS, *asked.flags, *begins)


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains and evaluates a run as far as it is not yet, and returns its workdir."""
    if before := RUNS[name].begins_from:
        pretrain(before, seed, folder, *flags_of(before, folder, seed))
    workdir = pretrain(name, seed, folder, *flags_of(name, folder, seed))
    measure(EVALUATORS, workdir)
    return workdir


if __name__ == "__main__":
    main("later-embeddings", RUNS, make, KEPT)

"""What must two languages have in common? A language of the lab and one derived from it.

    python -m benchmarks.controlled runs/controlled

Trains and evaluates what is missing in the folder (three seeds of each, where the record has one
to three: a run takes some ten minutes of a core, or thirty with the larger encoder, and a
fine-tuning one; a killed run goes on where it was) and keeps the results in
`docs/results/controlled.jsonl`. `--only=shift-0` makes a single run, `--only=reinitialised_1-0` a
fine-tuning and what it needs. docs/how-to/controlled-languages.md.
"""

from pathlib import Path

from benchmarks.experiments import WHERE_LANGUAGES_MEET, main, measure, one_setting, pretrain
from configs.controlled import ROWS

TASKS = ("parsing", "pos")
EVALUATORS = ("retrieval", "cka", *TASKS)
_LARGER = "larger_"
LARGER = tuple(_LARGER + row for row in ("shift", "shift_own_positions", "shift_own_all"))
"""Rows of an encoder that is larger than need be (Dufter and Schütze, 2020)."""
FINE_TUNED = "shift"
"""The run that is fine-tuned with parts begun anew."""
REINITIALISED = {
    "reinitialised_nothing": "",
    "reinitialised_embeddings": "embeddings",
    **{f"reinitialised_{layer}": f"layer_{layer}" for layer in range(1, 5)},
}
"""`config.evaluation.finetuning.reinitialise` of each fine-tuning."""
KEPT = (
    r"(p@1_(raw|centred|procrustes)_(forward|backward)|(lexical|spelling)_p@1_.*|"
    r"cka_debiased|cka_permuted|las|accuracy)$"
)
"""Metrics that the page quotes."""
SETTINGS = (
    *WHERE_LANGUAGES_MEET,
    "--config.lab.labelled=2000",
    *one_setting(*TASKS),
)
_TWICE_AS_WIDE = (
    "--config.model.width=128",
    "--config.model.mlp=512",
    "--config.optimizer.learning_rate=2e-3",
)


def flags_of(name: str) -> tuple[str, ...]:
    """The flags of a run but for its seed and its place."""
    flags = f"--config=configs/controlled.py:a/{name.removeprefix(_LARGER)}", *SETTINGS
    if "syntax" in name:
        # Two texts, where others deal the documents of one to both languages.
        flags += ("--config.lab.sentences=100000",)
    return flags + _TWICE_AS_WIDE if name in LARGER else flags


def make(name: str, seed: int, folder: Path) -> Path:
    """Makes a run, or a fine-tuning, as far as it is not yet; returns where its results are."""
    place = folder / f"{name}-{seed}"
    if name in REINITIALISED:
        trained, asked = FINE_TUNED, TASKS
        # How well the task is learnt in the language that it is learnt in, too.
        flags = ["--config.evaluation.finetuning.targets=a,a:shift"]
        if REINITIALISED[name]:
            flags += [f"--config.evaluation.finetuning.reinitialise={REINITIALISED[name]}"]
    else:
        trained, asked, flags = name, EVALUATORS, []
    workdir = pretrain(trained, seed, folder, *flags_of(trained))
    measure(asked, workdir, *flags, untrained=not REINITIALISED.get(name), place=place)
    return place


if __name__ == "__main__":
    main("controlled", (*ROWS, *LARGER, *REINITIALISED), make, KEPT)

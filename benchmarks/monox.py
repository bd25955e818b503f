"""Can a monolingual model teach a multilingual one? Soft labels of `a`, and what they do in `b`.

    python -m benchmarks.monox runs/monox

Trains a model of `a` and `b` and one of `a` alone for each seed, fine-tunes the first with every
teacher and control of `VARIANTS`, as far as the folder has not got them (a killed run goes on where
it was), and keeps the results in `docs/results/monox.jsonl`. `--only=taught-0` makes a single one
and what it needs. Chi et al. (2020); docs/how-to/distil-a-teacher.md.
"""

from pathlib import Path
from typing import NamedTuple

from benchmarks.experiments import SEEDS, main, missing, one_setting, pretrain, run

STUDENT, MONOLINGUAL, WHOLE = "student", "monolingual", "monolingual_whole"
ROWS = {
    STUDENT: ("--config=configs/demo.py:a-b/default",),
    MONOLINGUAL: ("--config=configs/demo.py:a/monolingual",),
    WHOLE: ("--config=configs/demo.py:a/monolingual", "--config.vocabulary.size=1000"),
}
"""What is pretrained; the text of `a` is the same. The row of Table 1 has half of the student's
pieces, its share of the joint vocabulary; the last one has as many as the student."""
TASKS = ("ner", "parsing", "pos")


class Variant(NamedTuple):
    """A way to fine-tune the student."""

    teacher: str = ""
    """The encoder of `ROWS` that teaches the student; empty: none does."""
    fields: tuple[str, ...] = ()
    """Values of fields of `config.evaluation.finetuning`, like `then_gold=true`."""
    seeds_later: int = 0
    """How many seeds the teacher's comes after the student's; the first follows the last."""
    models: str = "trained"
    """The models to evaluate, as `--models` of `run_eval.py` takes them."""


VARIANTS = {
    "plain": Variant(models="trained,untrained"),
    "taught": Variant(MONOLINGUAL, models="trained,untrained"),
    "taught_whole": Variant(WHOLE),
    "taught_permuted": Variant(MONOLINGUAL, ("permute_teacher=true",)),
    "taught_then_gold": Variant(MONOLINGUAL, ("then_gold=true",)),
    "taught_by_itself": Variant(STUDENT),
    "taught_by_another_seed": Variant(STUDENT, seeds_later=1),
    "smoothed": Variant(fields=("label_smoothing=0.1",)),
    **{
        f"taught_a{a}_t{t}": Variant(MONOLINGUAL, (f"teacher_weight={a}", f"temperature={t}"))
        for a in (0.5, 1)
        for t in (1, 2, 4)
        if (a, t) != (0.5, 2)  # That is `taught`.
    },
}
SETTINGS = (
    "--config.lab.languages=a,b",
    "--config.lab.labelled=2000",
    "--config.training.steps=4000",
)


def encoder(name: str, seed: int, folder: Path) -> Path:
    """Trains an encoder of `ROWS` as far as it is not yet, and returns its workdir."""
    return pretrain(name, seed, folder, *ROWS[name], *SETTINGS)


def fine_tuned(name: str, seed: int, folder: Path) -> Path:
    """Fine-tunes and measures a student as far as it is not yet, and returns where results are."""
    place, (teacher, fields, seeds_later, models) = folder / f"{name}-{seed}", VARIANTS[name]
    if names := missing(TASKS, place, "random" if "untrained" in models else "trained"):
        student = encoder(STUDENT, seed, folder)
        if teacher:
            of_seed = (seed + seeds_later) % len(SEEDS)
            fields += (f"teacher={encoder(teacher, of_seed, folder)}",)
        run(
            "run_eval.py",
            f"--workdir={student}",
            f"--output={place}",
            f"--evaluators={names}",
            f"--models={models}",
            "--config.evaluation.finetuning.targets=a,b",
            *one_setting(*TASKS),
            *(f"--config.evaluation.finetuning.{field}" for field in fields),
        )
    return place


if __name__ == "__main__":
    main("monox", VARIANTS, fine_tuned, kept=r"(las|f1|accuracy)$")

"""What helps languages without a shared id to meet? One setting changed at a time.

    python -m benchmarks.without_anchors runs/without_anchors

Trains and evaluates what is missing in the folder (three seeds of each run, eight minutes of a core
each, those that are longer or wider 22 to 27; a killed run goes on where it was) and keeps the
results in `docs/results/without-anchors.jsonl`. `--only=longer-0` makes a single run.
"""

from pathlib import Path

from benchmarks.beginnings import OTHER_EMBEDDINGS, OTHER_ORDER, pretrain_from
from benchmarks.experiments import main, measure, one_setting, pretrain

TASKS = ("parsing", "pos", "ner")
EVALUATORS = ("retrieval", "cka", *TASKS)
KEPT = (
    r"(p@1_(raw|centred|procrustes)_(forward|backward)|cka_debiased|"
    r"las|accuracy|f1|dev_perplexity)$"
)
"""Metrics that the page quotes."""
STEPS = 8_000
SETTINGS = (
    "--config.lab.languages=a,b",
    "--config.lab.labelled=2000",
    "--config.optimizer.learning_rate=3e-3",
    "--config.optimizer.warmup_steps=500",
    f"--config.training.steps={STEPS}",
    *one_setting(*TASKS),
)
RUNS = {
    "base": (),
    "more_text": ("--config.lab.sentences=200000",),
    "same_frequencies": ("--config.lab.common_frequencies=1",),
    "same_preferences": ("--config.lab.common_preferences=1",),
    "longer": (f"--config.training.steps={3 * STEPS}",),
    "wider": ("--config.model.width=128",),
    "one_head": ("--config.model.heads=1",),
    "two_layers": ("--config.model.layers=2",),
    "less_decay": ("--config.optimizer.weight_decay=0.01",),
    "slower": ("--config.optimizer.learning_rate=1e-3",),
    "inverse_sqrt": ("--config.optimizer.schedule=inverse_sqrt",),
    "more_masked": ("--config.training.masking_rate=0.3",),
    "dropout": ("--config.model.dropout=0.1",),
    # As many tokens a step, of one language instead of both.
    "one_language_a_step": ("--config.training.groups=1", "--config.training.batch_size=64"),
    "short_first": (f"--config.training.short_steps={STEPS // 2}",),
    # As many tokens a step, in twice as many sequences.
    "shorter": ("--config.training.length=16", "--config.training.batch_size=64"),
    # A sentence is read beside any others, not beside those of its document.
    "no_context": ("--config.data.shuffle=lines",),
    "more_names": ("--config.lab.names=400",),
    "larger_world": ("--config.lab.variants=2",),
    OTHER_ORDER: (),
    OTHER_EMBEDDINGS: (),
}


def flags_of(name: str) -> tuple[str, ...]:
    """The flags of a run but for its seed and its place."""
    return ("--config=configs/demo.py:a-b/no_anchors", *SETTINGS, *RUNS[name])


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains and evaluates a run as far as it is not yet, and returns its workdir."""
    begin = pretrain_from if name in (OTHER_ORDER, OTHER_EMBEDDINGS) else pretrain
    workdir = begin(name, seed, folder, *flags_of(name))
    measure(EVALUATORS, workdir)
    return workdir


if __name__ == "__main__":
    main("without-anchors", RUNS, make, KEPT)

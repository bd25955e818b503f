"""What is it worth in sentence pairs that languages meet without any?

    python -m benchmarks.tlm runs/tlm

Trains and evaluates what is missing in the folder (21 runs, each some six minutes of a core; a
killed run goes on where it was) and keeps the results in `docs/results/tlm.jsonl`.
`--only=pairs_100-0` makes a single run. All runs read as many tokens a step and see as many steps;
text, vocabulary and everything but pairs are the same for all of a seed.
"""

from pathlib import Path

from benchmarks.experiments import WHERE_LANGUAGES_MEET, main, measure, pretrain

_MOST = "--config.data.pairs=4000"
RUNS = {
    "pairs_0": ("no_anchors",),
    "pairs_100": ("no_anchors", "--config.data.pairs=100"),
    "pairs_1000": ("no_anchors", "--config.data.pairs=1000"),
    "pairs_4000": ("no_anchors", _MOST),
    "shuffled_4000": ("no_anchors", _MOST, "--config.training.pair_control=shuffled"),
    "blocked_4000": ("no_anchors", _MOST, "--config.training.pair_control=blocked"),
    "anchors_0": ("default_anchors",),
}
"""Row of Table 1 and further flags. Without anchors there is room for pairs."""
EVALUATORS = ("retrieval", "cka")
KEPT = (
    r"(p@1_(raw|centred|procrustes)_(forward|backward)|(lexical|spelling)_p@1_.*|"
    r"cka_debiased|cka_permuted)$"
)
"""Metrics that the page quotes."""
SETTINGS = (
    "--config.lab.languages=a,b",
    *WHERE_LANGUAGES_MEET,
    "--config.lab.parallel_rows=10000",
    "--config.model.max_positions=40",
    "--config.training.length=40",
    "--config.training.batch_size=26",
    "--config.training.pair_share=0.2",
)
"""Nine of ten sides of a pair fit into half a sequence."""


def flags_of(name: str) -> tuple[str, ...]:
    """The flags of a run but for its seed and its place."""
    row, *flags = RUNS[name]
    return f"--config=configs/demo.py:a-b/{row}", *SETTINGS, *flags


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains and evaluates a run as far as it is not yet, and returns its workdir."""
    workdir = pretrain(name, seed, folder, *flags_of(name))
    measure(EVALUATORS, workdir)
    return workdir


if __name__ == "__main__":
    main("tlm", RUNS, make, KEPT)

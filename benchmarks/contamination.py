"""Dose and response: what do lines of `b` in the text of `a` teach a model of `a` about `b`?

    python -m benchmarks.contamination runs/contamination

Trains and evaluates what is missing in the folder (21 runs, each a few minutes of a core to train
and as long to evaluate; a killed run goes on where it was) and keeps the results in
`docs/results/contamination.jsonl`. `--only=dose_1e-2-0` makes a single run. Text, vocabulary and
everything else are the same for all doses of a seed; nothing but the dose is read of `b`.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.records import keep
from mlm_xling.results import FILE_NAME, read_results

SEEDS = range(3)
DOSES = {
    "dose_0": "b:0",
    "dose_1e-4": "b:1e-4",
    "dose_1e-3": "b:1e-3",
    "dose_1e-2": "b:1e-2",
    "dose_1e-1": "b:1e-1",
    "shuffled_1e-2": "b~shuffled:1e-2",
    "shuffled_1e-1": "b~shuffled:1e-1",
}
"""`config.data.contamination` of each run."""
EVALUATORS = ("perplexity", "retrieval", "cka", "parsing", "pos")
KEPT = (
    r"(bits_per_character|p@1_(centred|procrustes)_(forward|backward)|lexical_p@1_.*|"
    r"cka_debiased|cka_permuted|las|accuracy)$"
)
"""Metrics that the page quotes."""
SETTINGS = (
    "--config=configs/lab.py:a-b/default",
    "--config.lab.languages=a,b",
    "--config.lab.labelled=2000",
    "--config.training.languages=a",
    "--config.training.steps=4000",
    "--config.evaluation.finetuning.quick=false",
    *(
        f"--config.evaluation.{task}.{field}"
        for task in ("parsing", "pos")
        for field in (
            "batch_sizes=32",
            "learning_rates=1e-3",
            "head_learning_rates=",
            "schedule=linear",
            "epochs=5",
            "epoch_examples=0",
        )
    ),
)
"""Fine-tuning has one setting, that of `configs/studies/table1_lab.py`."""
_PREDICTED = 200
"""Parallel sentences, none of which stands in the text, that are predicted."""


def run(program: str, *flags: str) -> None:
    """Runs one of the two programs."""
    subprocess.run([sys.executable, program, *flags], check=True)


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains and evaluates a run as far as it is not yet, and returns its workdir."""
    workdir = folder / f"{name}-{seed}"
    run(
        "run_pretrain.py",
        *SETTINGS,
        f"--config.data.contamination={DOSES[name]}",
        f"--config.data.cache_dir={folder / 'cache'}",
        f"--config.data.seed={seed}",
        f"--config.training.seed={seed}",
        f"--workdir={workdir}",
    )
    results = read_results(workdir / FILE_NAME)
    done = {result.evaluator for result in results if result.model == "random"}  # It comes last.
    if missing := [name for name in EVALUATORS if name not in done]:
        write_predicted(folder)
        run(
            "run_eval.py",
            f"--workdir={workdir}",
            "--checkpoint=latest",
            f"--evaluators={','.join(missing)}",
            f"--config.evaluation.perplexity.text={folder / 'predicted.{language}.txt'}",
        )
    return workdir


def write_predicted(folder: Path) -> None:
    """Writes the last parallel sentences of the lab, a file for each language."""
    (parallel,) = (folder / "cache" / "lab").glob("*/parallel.tsv")
    header, *rows = [line.split("\t") for line in parallel.read_text().splitlines()]
    for language, *lines in zip(header, *rows[-_PREDICTED:], strict=True):
        (folder / f"predicted.{language}.txt").write_text("\n".join(lines) + "\n")


def main(folder: Path, only: str = "") -> None:
    """Runs all, or one, and keeps what was measured."""
    for seed in SEEDS:
        for name in DOSES:
            if only in ("", f"{name}-{seed}"):
                workdir = make(name, seed, folder)
                keep("contamination", {workdir.name: workdir}, only=KEPT)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].removeprefix("--only=") if len(sys.argv) > 2 else "")

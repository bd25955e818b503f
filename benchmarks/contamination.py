"""Dose and response: what do lines of `b` in the text of `a` teach a model of `a` about `b`?

    python -m benchmarks.contamination runs/contamination

Trains and evaluates what is missing in the folder (21 runs, each a few minutes of a core to train
and as long to evaluate; a killed run goes on where it was) and keeps the results in
`docs/results/contamination.jsonl`. `--only=dose_1e-2-0` makes a single run. Text, vocabulary and
everything else are the same for all doses of a seed; nothing but the dose is read of `b`.
"""

from pathlib import Path

from benchmarks.experiments import main, measure, one_setting, pretrain
from mlm_xling.directories import write_whole

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
    r"(bits_per_character|p@1_(centred|procrustes)_(forward|backward)|(lexical|spelling)_p@1_.*|"
    r"cka_debiased|cka_permuted|las|accuracy)$"
)
"""Metrics that the page quotes."""
SETTINGS = (
    "--config=configs/demo.py:a-b/default",
    "--config.lab.languages=a,b",
    "--config.lab.labelled=2000",
    "--config.training.languages=a",
    "--config.training.steps=4000",
    *one_setting("parsing", "pos"),
)
_PREDICTED = 200
"""Parallel sentences, none of which stands in the text, that are predicted."""


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains and evaluates a run as far as it is not yet, and returns its workdir."""
    dose = f"--config.data.contamination={DOSES[name]}"
    workdir = pretrain(name, seed, folder, *SETTINGS, dose)
    write_predicted(folder)
    # The untrained encoder is the same for all doses of a seed, and so is what it learns from.
    measure(EVALUATORS, workdir, predicted(folder), untrained=name == "dose_0")
    return workdir


def predicted(folder: Path) -> str:
    """The flag of `run_eval.py` that names the text to predict."""
    return f"--config.evaluation.perplexity.text={folder / 'predicted.{language}.txt'}"


def write_predicted(folder: Path) -> None:
    """Writes the last parallel sentences of the lab, a file for each language."""
    (parallel,) = (folder / "cache" / "lab").glob("*/parallel.tsv")
    header, *rows = [line.split("\t") for line in parallel.read_text().splitlines()]
    for language, *lines in zip(header, *rows[-_PREDICTED:], strict=True):
        # Other runs of the experiment may be reading the file.
        write_whole(folder / f"predicted.{language}.txt", ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main("contamination", DOSES, make, KEPT)

"""Dose and response on real text: what do French lines in English manuals teach about French?

    python -m benchmarks.contamination_text runs/contamination-text

In the folder that it is started from are the text and trees that `configs/studies/real_text.py`
names. A run takes some half an hour of a core. As in `benchmarks.contamination`, which does this on
the lab, nothing but the dose differs, and `docs/results/contamination.jsonl` keeps the results.
"""

from pathlib import Path

from benchmarks.contamination import KEPT, predicted
from benchmarks.experiments import main, measure, pretrain
from configs.studies.real_text import STUDY, TREES
from mlm_xling.directories import write_whole
from mlm_xling.study.cells import flags

DOSES = {
    "en_fr_0": "fr:0",
    "en_fr_1e-2": "fr:1e-2",
    "en_fr_1e-1": "fr:1e-1",
    "en_fr_shuffled_1e-1": "fr~shuffled:1e-1",
}
"""`config.data.contamination` of each run."""
EVALUATORS = ("perplexity", "retrieval", "cka", "pos", "parsing")
SEEDS = (0,)
_LEFT = ("training.steps", "evaluation.during_pretraining", "data.dictionary")
SETTINGS = (
    "--config=configs/text.py:en-fr/default",
    "--config.training.languages=en",
    "--config.training.steps=6600",
    *flags({name: value for name, value in STUDY.settings.items() if name not in _LEFT}),
)
"""Those of the study, at half its steps: English is half of what it reads there."""


def make(name: str, seed: int, folder: Path) -> Path:
    """Trains and evaluates a run as far as it is not yet, and returns its workdir."""
    dose = f"--config.data.contamination={DOSES[name]}"
    workdir = pretrain(name, seed, folder, *SETTINGS, dose)
    write_predicted(folder)
    # The untrained encoder is the same for all doses.
    measure(EVALUATORS, workdir, predicted(folder), untrained=name == "en_fr_0")
    return workdir


def write_predicted(folder: Path) -> None:
    """Writes the sentences of the test trees, news in both languages, a file for each."""
    for language in ("en", "fr"):
        lines = Path(TREES["test"].format(language=language)).read_text().splitlines()
        sentences = [
            line.removeprefix("# text = ") for line in lines if line.startswith("# text =")
        ]
        # Other runs of the experiment may be reading the file.
        write_whole(folder / f"predicted.{language}.txt", ("\n".join(sentences) + "\n").encode())


if __name__ == "__main__":
    main("contamination", DOSES, make, KEPT, SEEDS)

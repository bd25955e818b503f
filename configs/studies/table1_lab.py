"""The paper's Table 1 and Figures 3 to 8 in the lab: ten rows, a near and a distant pair.

    pip install eflomal==2.0.0
    python run_study.py --study=configs/studies/table1_lab.py --workdir=studies/table1_lab --jobs=2

A hundred runs of two languages and twenty of one: a day on two cores. The first seed of all rows
runs first; `--only` runs single ones. Heads on mapped layers need the aligner of words. Text and
training are those with which languages align without any shared id (`docs/results/emergence.md`).
Fine-tuning has one setting per task for all rows: that of the quick grids which is best on dev data
of `a` in `a-b/default/0`: NER 88.6 (87.6), parsing 99.6 (99.5). For NLI it is the one with which
the lab's encoders learn it (the same page).
"""

from configs.table1 import MAPPED_HEADS, PAPER
from mlm_xling.study.definition import Settings, Study


def _one_setting(task: str, learning_rate: float, epochs: int) -> Settings:
    values = {
        "batch_sizes": (32,),
        "learning_rates": (learning_rate,),
        "head_learning_rates": (),
        "schedule": "linear",
        "epochs": epochs,
        "epoch_examples": 0,
    }
    return {f"evaluation.{task}.{name}": value for name, value in values.items()}


STUDY = Study(
    config="configs/lab.py",
    rows=PAPER,
    pairs=("a-b", "a-d"),
    seeds=(0, 1, 2, 3, 4),
    evaluators=("nli", "ner", "parsing", "retrieval", "cka", "lexicon"),
    evaluators_of_row=MAPPED_HEADS,
    beside=("monolingual", "en_en"),
    minutes={
        "pretrain": 13.0,
        "probes": 0.3,
        "ner": 0.4,
        "parsing": 1.0,
        "nli": 8.4,
        "contextual_ner": 2.0,
        "contextual_parsing": 5.0,
    },
    notes=(
        "A rule that only knows which strings the languages share has an NLI accuracy of 50% in "
        "a, b and d (docs/lab.md): up to there NLI is no evidence of transfer.",
    ),
    settings={
        "lab.languages": ("a", "b", "d"),
        "lab.nli_pairs": 60_000,
        "evaluation.during_pretraining": ("cka", "retrieval"),
        "evaluation.finetuning.quick": False,
        **_one_setting("nli", 3e-4, epochs=10),
        **_one_setting("ner", 1e-3, epochs=5),
        **_one_setting("parsing", 1e-3, epochs=5),
    },
)

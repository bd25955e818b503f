"""The paper's Table 1 and Figures 3 to 8 in the lab: ten rows, a near and a distant pair.

python run_study.py --study=configs/studies/table1_lab.py --workdir=studies/table1_lab --jobs=2

A hundred runs of two languages and twenty of one: days of two cores. The first seed of all rows
comes first; `--only` runs single ones.
"""

from configs.table1 import PAPER
from mlm_xling.study.definition import Study

STUDY = Study(
    config="configs/lab.py",
    rows=PAPER,
    pairs=("a-b", "a-d"),
    seeds=(0, 1, 2, 3, 4),
    evaluators=("nli", "ner", "parsing", "retrieval", "cka", "lexicon"),
    beside=("monolingual", "en_en"),
    settings={"evaluation.during_pretraining": ("cka", "retrieval")},
)

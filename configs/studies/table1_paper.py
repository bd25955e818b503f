"""Table 1 as published: ten rows, English with French, Russian and Chinese, on Wikipedia.

    python run_study.py --study=configs/studies/table1_paper.py --workdir=studies/table1_paper

first prints what training costs on eight H100: set `chips` to yours. `--plan=v5p:2x2x1` only prints
that of such chips (with `requirements-plan.txt`), and `--commands` prints a line for each run, for
a cluster's scheduler. With a second seed English is also compared with itself in two
models. Heads on mapped layers need the aligner of words, `pip install eflomal==2.0.0`. You have to
provide parallel sentences with columns en, fr, ru and zh and a folder of dictionaries
(`en-fr.txt`); labelled data comes from TFDS. NER in Chinese needs a separate data set, as in the
paper.
"""

from configs.table1 import MAPPED_HEADS, PAPER
from mlm_xling.study.definition import Study

STUDY = Study(
    config="configs/paper.py",
    rows=PAPER,
    pairs=("en-fr", "en-ru", "en-zh"),
    seeds=(0,),
    evaluators=("nli", "ner", "parsing", "retrieval", "cka", "lexicon"),
    evaluators_of_row=MAPPED_HEADS,
    beside=("monolingual", "en_en"),
    chips="h100:8",
    settings={
        "data.parallel": "parallel.tsv",
        "data.dictionary": "dict",
        "evaluation.during_pretraining": ("cka", "retrieval"),
    },
)

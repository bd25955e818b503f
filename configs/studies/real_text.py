"""Manuals and a game's texts, English with French and with Russian: what parts must be shared?

    data=../shared/data; mkdir text; ln -s $data/{dict,ud} .
    for l in en fr ru; do
      for s in lohelp wesnoth gnomehelp; do cat $data/mono/$s/$l.txt; echo; done > text/$l.txt
    done
    cut -f 1-3 $data/parallel/lohelp.tsv > parallel.tsv
    tail -n +2 -q $data/parallel/{wesnoth,gnomehelp}.tsv | cut -f 1-3 >> parallel.tsv
    python run_study.py --study=configs/studies/real_text.py --workdir=studies/real_text --jobs=2

No document is in two languages. Of four layers the lowest three eighths are two, i.e. half of them.
Transfer is from EWT to PUD, with one setting and five times 2,000 sentences. A run is half of what
`configs/text.py` trains by itself. All sixteen took 16 hours of a shared core, eight on two: 31 to
64 minutes of training each (median 43), 5 to 29 of measuring, and 10 for each untrained encoder. A
free core has since trained 12,000 tokens a second, 19 minutes a run, so `--dry_run` tells five
hours on two.
"""

from mlm_xling.study.definition import Study

TREES = {
    "train": "ud/{language}_ewt-train.conllu",
    "dev": "ud/{language}_ewt-dev.conllu",
    "test": "ud/{language}_pud-test.conllu",
}
ONE_SETTING = {
    "batch_sizes": (32,),
    "learning_rates": (1e-3,),
    "head_learning_rates": (),
    "schedule": "linear",
    "epochs": 5,
    "epoch_examples": 2_000,
}
STUDY = Study(
    config="configs/text.py",
    rows=("default", "no_anchors", "sep_l1_3", "sep_emb_l1_3"),
    pairs=("en-fr", "en-ru"),
    seeds=(0, 1),
    evaluators=("pos", "parsing", "retrieval", "cka", "lexicon"),
    minutes={"pretrain": 20.0, "probes": 3.0, "pos": 2.0, "parsing": 5.0},
    settings={
        "data.text_dir": "text",
        "data.parallel": "parallel.tsv",
        "data.disjoint_documents": True,
        "data.dictionary": "dict",
        "model.dtype": "float32",
        "training.steps": 13_200,
        "training.checkpoint_every": 2_200,
        "evaluation.during_pretraining": ("cka", "retrieval"),
        "evaluation.finetuning.quick": False,
        **{
            f"evaluation.{task}.{field}": value
            for task in ("pos", "parsing")
            for field, value in (TREES | ONE_SETTING).items()
        },
    },
)

"""Two rows, one pair, two seeds of tiny models of the lab, for trying out a study.

python run_study.py --study=configs/studies/quick.py --workdir=studies/quick --jobs=2
"""

from mlm_xling.study.definition import Study

STUDY = Study(
    config="configs/demo.py",
    rows=("default", "sep_emb"),
    pairs=("a-b",),
    seeds=(0, 1),
    evaluators=("cka", "retrieval"),
    settings={
        "training.steps": 300,
        "training.checkpoint_every": 100,
        "training.evaluate_every": 100,
        "model.layers": 2,
        "lab.sentences": 5_000,
    },
    minutes={"pretrain": 1.0, "probes": 0.3},
)

"""Two languages of the lab (docs/lab.md), and a training after which the rows of Table 1 differ.

    python run_pretrain.py --config=configs/lab.py:a-b/no_anchors --workdir=runs/no_anchors

A run takes 13 minutes on a core. `configs/demo.py` trains the same model on less text, for fewer
steps and at too high a learning rate: without shared ids little emerges there.
"""

from configs import demo
from mlm_xling.config import Config


def get_config(argument: str = "a-b/default") -> Config:
    """Returns the configuration of the study of `configs/studies/table1_lab.py`.

    How it was found, and what remained harder than in the paper, is in `docs/results/emergence.md`.
    """
    config = demo.get_config(argument)
    config.lab.sentences = 200_000
    config.lab.common_frequencies = 0.5
    config.lab.common_preferences = 1.0
    config.model.dtype = "float32"
    config.optimizer.learning_rate = 3e-3
    config.optimizer.warmup_steps = 500
    config.training.steps = 12_000
    config.training.checkpoint_every = 2_000
    return config

"""The paper: eight layers of width 768 on Wikipedia, 417,000 updates of 196,608 tokens.

    python run_pretrain.py --config=configs/paper.py:en-fr/sep_emb_l1_3 --workdir=runs/sep_emb_l1_3

The rows of Table 1 are in `configs/table1.py`; the defaults in `mlm_xling/config/` are the paper's.
"""

from configs.table1 import with_row
from mlm_xling.config import Config, DataConfig


def get_config(argument: str = "en-fr/default") -> Config:
    """Returns the paper's configuration on Wikipedia, with languages and row from `argument`."""
    config = Config(data=DataConfig(source="wikipedia"))
    # With fewer than twice as many pairs as dimensions, the map is underdetermined.
    config.evaluation.fit_pairs = 10_000
    return with_row(config, argument)

"""Your own text: files `<lang>.txt` in `data.text_dir`, a model that trains on a laptop.

    python run_pretrain.py --config=configs/text.py --config.data.text_dir=text \\
        --config.languages=en,fr --workdir=runs/en-fr

`--config=configs/text.py:en-fr/sep_emb` trains a row of Table 1 (`configs/table1.py`).
"""

from configs.table1 import with_row
from mlm_xling.config import (
    Config,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
    VocabularyConfig,
)


def get_config(argument: str = "en-fr/default") -> Config:
    """Four layers of width 128 on streams of 32 tokens: minutes on two cores.

    Short streams and small groups are for speed: while attention is still nearly uniform, the
    fewer positions it averages over, the sooner it finds the neighbours that matter.
    """
    config = Config(
        vocabulary=VocabularyConfig(size=4_000),
        model=ModelConfig(
            layers=4,
            heads=4,
            width=128,
            mlp=512,
            max_positions=32,
            dropout=0.0,
            attention_dropout=0.0,
        ),
        optimizer=OptimizerConfig(learning_rate=1.5e-3, schedule="cosine", warmup_steps=300),
        training=TrainingConfig(
            steps=7_000,
            groups=2,
            batch_size=32,
            length=32,
            checkpoint_every=500,
            evaluate_every=1_000,
        ),
    )
    return with_row(config, argument)

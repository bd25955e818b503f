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
    """Four layers of width 128 on streams of 64 tokens: half an hour on two cores.

    Groups are small because the loss stays on a plateau for some thousand steps, however many
    tokens a step has. On streams of 32 tokens it breaks sooner, but at equal perplexity
    translations are then less similar.
    """
    config = Config(
        vocabulary=VocabularyConfig(size=4_000),
        model=ModelConfig(
            layers=4,
            heads=4,
            width=128,
            mlp=512,
            max_positions=64,
            dropout=0.0,
            attention_dropout=0.0,
        ),
        optimizer=OptimizerConfig(learning_rate=1.5e-3, schedule="cosine", warmup_steps=300),
        training=TrainingConfig(
            steps=11_000,
            groups=2,
            batch_size=16,
            length=64,
            checkpoint_every=1_000,
            evaluate_every=1_000,
        ),
    )
    return with_row(config, argument)

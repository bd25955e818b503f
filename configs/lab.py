"""Two languages of the lab (docs/lab.md), a model that trains in minutes on two cores.

python run_pretrain.py --config=configs/lab.py:a-b --workdir=runs/a-b
"""

from mlm_xling.config import (
    Config,
    DataConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
    VocabularyConfig,
)


def get_config(languages: str = "a-b") -> Config:
    """Four layers of width 64; languages are joined by hyphens."""
    return Config(
        languages=tuple(languages.split("-")),
        data=DataConfig(source="lab"),
        vocabulary=VocabularyConfig(size=1_000),
        model=ModelConfig(
            layers=4,
            heads=4,
            width=64,
            mlp=256,
            max_positions=32,
            dropout=0.0,
            attention_dropout=0.0,
        ),
        optimizer=OptimizerConfig(learning_rate=2e-3, schedule="cosine", warmup_steps=200),
        training=TrainingConfig(
            steps=4_000,
            groups=2,
            batch_size=64,
            length=32,
            checkpoint_every=500,
            evaluate_every=1_000,
        ),
    )

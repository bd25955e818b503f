"""The typed configuration of a run: its fields, what they may hold, how it is stored."""

from mlm_xling.config.fields import (
    PAPER_LAYERS,
    CodeSwitchingConfig,
    Config,
    ContextualConfig,
    DataConfig,
    EvaluationConfig,
    FinetuningConfig,
    LabConfig,
    LexiconConfig,
    MeshConfig,
    ModelConfig,
    OptimizerConfig,
    TaskConfig,
    TrainingConfig,
    VocabularyConfig,
)

__all__ = [
    "PAPER_LAYERS",
    "CodeSwitchingConfig",
    "Config",
    "ContextualConfig",
    "DataConfig",
    "EvaluationConfig",
    "FinetuningConfig",
    "LabConfig",
    "LexiconConfig",
    "MeshConfig",
    "ModelConfig",
    "OptimizerConfig",
    "TaskConfig",
    "TrainingConfig",
    "VocabularyConfig",
]

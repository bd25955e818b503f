"""The typed configuration of a run: its fields, their valid values, and its storage."""

from mlm_xling.config.evaluation import (
    ContextualConfig,
    EvaluationConfig,
    FinetuningConfig,
    LexiconConfig,
)
from mlm_xling.config.fields import (
    IN_EMBEDDINGS,
    SPECIALS,
    TFDS,
    CodeSwitchingConfig,
    Config,
    DataConfig,
    MeshConfig,
    ModelConfig,
    OptimizerConfig,
    TrainingConfig,
    VocabularyConfig,
)
from mlm_xling.config.lab import LabConfig
from mlm_xling.config.tasks import TaskConfig, TasksConfig

__all__ = [
    "IN_EMBEDDINGS",
    "SPECIALS",
    "TFDS",
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
    "TasksConfig",
    "TrainingConfig",
    "VocabularyConfig",
]

"""The settings that fine-tuning chooses among (docs/method.md section 5)."""

import dataclasses
import itertools
from typing import NamedTuple

from mlm_xling.config import TaskConfig
from mlm_xling.evaluation.finetuning.task import Task


class Setting(NamedTuple):
    """One point of the grid."""

    batch_size: int
    learning_rate: float
    """Peak rate of the encoder."""
    head_learning_rate: float

    @property
    def name(self) -> str:
        """The name of the setting in `results.jsonl` and in file names."""
        name = f"batch={self.batch_size},lr={self.learning_rate:g}"
        if self.head_learning_rate != self.learning_rate:
            name += f",head_lr={self.head_learning_rate:g}"
        return name


def effective(task: Task, config: TaskConfig, quick: bool) -> TaskConfig:
    """Puts the quick grid of a task in the place of its own, if that is asked for."""
    if not quick:
        return config
    return dataclasses.replace(config, head_learning_rates=(), schedule="linear", **task.quick)


def of_frozen_layer(task: Task, config: TaskConfig, quick: bool) -> TaskConfig:
    """Does the same for a head that is trained on every frozen layer.

    Of the quick grid the first setting only is used, since there are as many grids as layers.
    """
    config = effective(task, config, quick)
    if not quick:
        return config
    return dataclasses.replace(
        config, batch_sizes=config.batch_sizes[:1], learning_rates=config.learning_rates[:1]
    )


def settings(config: TaskConfig) -> list[Setting]:
    """Lists all settings of a grid, those of one batch size together."""
    product = itertools.product(
        config.batch_sizes, config.learning_rates, config.head_learning_rates or (None,)
    )
    return [Setting(size, rate, rate if head is None else head) for size, rate, head in product]

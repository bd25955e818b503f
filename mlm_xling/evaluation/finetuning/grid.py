"""Hyperparameter grids of fine-tuning (docs/method.md section 5)."""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from mlm_xling.config import TaskConfig, TasksConfig
from mlm_xling.evaluation.finetuning.task import Task


class Setting(NamedTuple):
    """One point of the grid."""

    batch_size: int
    learning_rate: float
    """Peak learning rate of the encoder."""
    head_learning_rate: float

    @property
    def name(self) -> str:
        """The name of the setting in `results.jsonl` and in file names."""
        name = f"batch={self.batch_size},lr={self.learning_rate:g}"
        if self.head_learning_rate != self.learning_rate:
            name += f",head_lr={self.head_learning_rate:g}"
        return name


def effective(task: Task, config: TaskConfig, quick: bool) -> TaskConfig:
    """Returns the task's configuration; with `quick`, default values become the quick grid's."""
    return _filled(task, config, task.quick) if quick else config


def of_frozen_layer(task: Task, config: TaskConfig, quick: bool) -> TaskConfig:
    """Returns the same for a head that is trained on every frozen layer.

    Only the first setting of the quick grid is used, since there is one grid per layer.
    """
    several = {"batch_sizes", "learning_rates"} & set(task.quick)
    first = {name: task.quick[name][:1] for name in several}
    return _filled(task, config, {**task.quick, **first}) if quick else config


def _filled(task: Task, config: TaskConfig, grid: Mapping[str, Any]) -> TaskConfig:
    usual = getattr(TasksConfig(), task.name)
    values = {"head_learning_rates": (), "schedule": "linear", **grid}
    left = {n: v for n, v in values.items() if getattr(config, n) == getattr(usual, n)}
    return dataclasses.replace(config, **left)


def settings(config: TaskConfig) -> list[Setting]:
    """Lists all settings of a grid, grouped by batch size."""
    product = itertools.product(
        config.batch_sizes, config.learning_rates, config.head_learning_rates or (None,)
    )
    return [Setting(size, rate, rate if head is None else head) for size, rate, head in product]

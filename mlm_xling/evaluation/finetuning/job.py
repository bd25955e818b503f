"""The work of a fine-tuning grid: what all its settings share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mlm_xling.config import TaskConfig
from mlm_xling.data.labelled import Table
from mlm_xling.evaluation.finetuning.batching import Bucket, choose_buckets, with_room
from mlm_xling.evaluation.finetuning.examples import Example
from mlm_xling.evaluation.finetuning.soft_labels import SoftLabels
from mlm_xling.evaluation.finetuning.task import Labels, Task
from mlm_xling.evaluation.finetuning.windows import Limits
from mlm_xling.model.objective import GOLD, Objective


class Split(NamedTuple):
    """Labelled sentences and their examples."""

    table: Table
    examples: list[Example]
    language: int
    """Index among the encoder's languages."""
    shapes: tuple[Bucket, ...]
    """Shapes of batches."""

    def digest(self) -> str:
        """Identifies the sentences and their language."""
        return f"{self.table.digest()}-{self.language}"


@dataclass(frozen=True)
class Job:
    """What all settings of a grid share. Training does not depend on `tests`."""

    task: Task
    config: TaskConfig
    labels: Labels
    train: Split
    dev: Split
    tests: dict[str, Split]
    """Test data by language."""
    seed: int
    objective: Objective = GOLD
    soft: SoftLabels | None = None
    """A teacher's scores on the training data."""


def make_job(
    task: Task,
    config: TaskConfig,
    tables: Mapping[str, Table],
    languages: Sequence[str],
    limits: Limits,
    buckets: int,
    seed: int,
    objective: Objective = GOLD,
) -> Job:
    """Creates a job from tables `train-<source>`, `dev-<source>`, and any `test-<target>`."""
    labels = next(task.labels(table) for name, table in tables.items() if name.startswith("train-"))
    examples = {name: task.examples(table, labels, limits) for name, table in tables.items()}
    source = [one for name in tables if not name.startswith("test-") for one in examples[name]]
    shapes = choose_buckets(source, buckets, limits.length)
    by_split: dict[str, dict[str, Split]] = {"train": {}, "dev": {}, "test": {}}
    for name, table in tables.items():
        split, _, language = name.partition("-")
        room = with_room(shapes, examples[name], limits.length)
        made = Split(table, examples[name], languages.index(language), room)
        by_split[split][language] = made
    (training,), (dev,) = by_split["train"].values(), by_split["dev"].values()
    return Job(task, config, labels, training, dev, by_split["test"], seed, objective)

"""A fine-tuned encoder as a teacher: its scores on the training data are computed once."""

from functools import partial
from pathlib import Path

import jax
import numpy as np
from jaxtyping import PyTree

from mlm_xling.evaluation.finetuning.batching import batches
from mlm_xling.evaluation.finetuning.checkpoints import best_params
from mlm_xling.evaluation.finetuning.job import Job
from mlm_xling.evaluation.finetuning.loop import PREDICTED_AT_ONCE, Say
from mlm_xling.evaluation.finetuning.soft_labels import (
    SoftLabels,
    read_soft_labels,
    write_soft_labels,
)
from mlm_xling.evaluation.finetuning.step import Reading, score_answers


def soft_labels(job: Job, reading: Reading, like: PyTree, folder: Path, say: Say) -> SoftLabels:
    """Reads a finished setting's scores on the training data, or computes them.

    Args:
      like: provides the shapes of the parameters.
      folder: the setting's folder.
    """
    words, answers = job.task.words(job.train.table), partial(job.task.answers, labels=job.labels)
    name = f"{folder.parent.name}/{folder.name}"
    labels = SoftLabels.silent(name, words, answers)
    try:
        kept = read_soft_labels(folder, labels)
    except ValueError as error:
        say(f"warning: {error}; soft labels are computed again")
        kept = None
    if kept is not None:
        return kept
    say(f"soft labels of {len(words):,} sentences, from {folder.name}")
    _speak(job, reading, best_params(folder, like), labels)
    write_soft_labels(folder, labels)
    return labels


def _speak(job: Job, reading: Reading, params: PyTree, labels: SoftLabels) -> None:
    """Puts a model's scores of every word of the training data into `labels`."""
    language = np.array([job.train.language], np.int32)
    examples = job.train.examples
    for numbers, batch in batches(examples, job.train.shapes, PREDICTED_AT_ONCE):
        scores = score_answers(reading.recipe, params, batch, language, reading.frozen)
        scores = jax.device_get(scores)
        for row, i in enumerate(numbers):
            labels.put(examples[i], tuple(of_target[row] for of_target in scores))

"""The teacher of a fine-tuned student, and the same data encoded for the teacher."""

import dataclasses
from functools import cache
from typing import NamedTuple

from mlm_xling.config import Config
from mlm_xling.data.labelled import Table
from mlm_xling.errors import InputError
from mlm_xling.evaluation.inputs.labelled_pairs import labelled
from mlm_xling.evaluation.inputs.loading import Inputs, Need
from mlm_xling.model.outside import OutsideEncoder
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.preparation.prepare_labelled import prepare_labelled


class Lesson(NamedTuple):
    """A teacher, and a task's data in its own ids."""

    teacher: Pretrained
    tables: dict[str, Table]
    """`train-<source>`, `dev-<source>`, and `test-<target>` for the targets that it knows."""


def teacher(inputs: Inputs) -> Pretrained | None:
    """Returns None; callers with a teacher provide it for this need (see `as_teacher`)."""
    del inputs
    return None


def as_teacher(encoder: Pretrained, student: Config) -> Pretrained:
    """Returns an encoder configured with a student's evaluation settings.

    Raises:
      InputError: it does not know the language in which the student learns the task, or is run by
        another library.
    """
    finetuning, languages = student.evaluation.finetuning, encoder.config.languages
    field = f"config.evaluation.finetuning.teacher={finetuning.teacher}"
    source = student.source_language
    if source not in languages:
        raise InputError(
            f"{field}: knows {', '.join(languages)}, and the training data is in {source} "
            "(config.evaluation.finetuning.source)"
        )
    if isinstance(encoder.encoder, OutsideEncoder):
        raise InputError(f"{field}: is run by transformers, and cannot be fine-tuned; give hf:")
    # How a student is taught does not affect the teacher, which is shared by all variants.
    finetuning = dataclasses.replace(
        finetuning,
        source=source,
        targets=tuple(name for name in student.target_languages if name in languages),
        reinitialise=(),
        teacher_weight=0.0,
        temperature=1.0,
        then_gold=False,
        permute_teacher=False,
        label_smoothing=0.0,
    )
    evaluation = dataclasses.replace(student.evaluation, finetuning=finetuning)
    return encoder._replace(config=dataclasses.replace(encoder.config, evaluation=evaluation))


@cache
def lessons(task: str, kind: str) -> Need:
    """Creates the need for a `Lesson` in a task; None without a teacher."""

    def read(inputs: Inputs) -> Lesson | None:
        who = inputs[teacher]
        if who is None:
            return None
        student, finetuning = inputs.source, who.config.evaluation.finetuning
        source = finetuning.source
        wanted = [("train", source), ("dev", source), *(("test", t) for t in finetuning.targets)]
        tables = prepare_labelled(student.config, task, kind, who.vocabulary, wanted)
        own = inputs[labelled(task, kind)][f"train-{source}"]
        if len(tables[f"train-{source}"]) != len(own):
            raise InputError(
                f"config.evaluation.{task}.train: changed while it was read; try again"
            )
        return Lesson(who, tables)

    return read

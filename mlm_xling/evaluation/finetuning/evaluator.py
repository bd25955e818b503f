"""Evaluators that fine-tune an encoder on a task, after its teacher if it has one."""

from functools import partial

from mlm_xling.evaluation.descriptor import Evaluator
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.finetuning.transfer import Transfer
from mlm_xling.evaluation.inputs.labelled_pairs import labelled, labelled_places
from mlm_xling.evaluation.inputs.lessons import lessons
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.results import TEACHER, TRAINED, Result


def evaluate_finetuned(subject: Subject, task: Task) -> list[Result]:
    """Measures zero-shot transfer on a task: every setting, and the mean of the best two.

    If there is a teacher, it is fine-tuned first and also measured.
    """
    tables = subject.inputs[labelled(task.name, task.kind)]
    lesson = subject.inputs[lessons(task.name, task.kind)]
    if lesson is None:
        return Transfer(subject, task, tables).measure()
    encoder = FrozenEncoder(lesson.teacher)
    teaching = Subject(
        encoder, encoder, subject.inputs, model=TEACHER, workdir=subject.workdir, baselines=False
    )
    teacher = Transfer(teaching, task, lesson.tables, within=subject.config)
    soft = teacher.soft_labels()
    if subject.config.evaluation.finetuning.permute_teacher:
        soft = soft.permuted(subject.seed)
    results = Transfer(subject, task, tables, soft).measure()
    if subject.model == TRAINED or subject.baselines:  # Only once, with the first student.
        results += teacher.measure()
        subject.outcomes += teaching.outcomes
    return results


def finetuner(task: Task) -> Evaluator:
    """Returns the evaluator that fine-tunes on a task."""
    return Evaluator(
        task.name,
        partial(evaluate_finetuned, task=task),
        task.metrics,
        needs=(labelled(task.name, task.kind), lessons(task.name, task.kind)),
        checks=(labelled_places(task.name, task.kind),),
        trains=True,
        taught=True,
    )

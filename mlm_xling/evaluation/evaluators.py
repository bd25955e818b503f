"""The one protocol of evaluators: a `Subject` goes in, a list of `Result`s comes out.

To add one, write a function like those named in `PROBES`, and say in
`mlm_xling.evaluation.inputs.loading` which files it reads.
"""

from collections.abc import Callable, Iterable
from functools import partial

from mlm_xling.errors import InputError
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.finetuning.transfer import TASKS, Transfer
from mlm_xling.evaluation.inputs.loading import ON_LABELLED
from mlm_xling.evaluation.probes.contextual import evaluate_contextual
from mlm_xling.evaluation.probes.contextual_heads import evaluate_heads
from mlm_xling.evaluation.probes.correlation import correlate
from mlm_xling.evaluation.probes.lexicon import evaluate_lexicon
from mlm_xling.evaluation.probes.sentences import (
    evaluate_cka,
    evaluate_retrieval,
    evaluate_similarity,
)
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result

Evaluator = Callable[[Subject], list[Result]]


def evaluate_finetuned(subject: Subject, task: Task) -> list[Result]:
    """Zero-shot transfer of a task: every setting, and the mean of the best two."""
    config, vocabulary, encoder, step, _ = subject.source.pretrained
    transfer = Transfer(task, config, vocabulary, subject.model, step, subject.seed)
    return transfer.measure(encoder, subject.workdir)


PROBES: dict[str, Evaluator] = {
    "cka": evaluate_cka,
    "similarity": evaluate_similarity,
    "retrieval": evaluate_retrieval,
    "lexicon": evaluate_lexicon,
    "contextual": evaluate_contextual,
}
"""They look at frozen encoders, at every layer, and need sentences or words that correspond."""
FINETUNERS: dict[str, Evaluator] = {
    name: partial(evaluate_finetuned, task=task) for name, task in TASKS.items()
}
"""They fine-tune a copy of the encoder, and need labelled data."""
HEADS: dict[str, Evaluator] = {
    name: partial(evaluate_heads, task=TASKS[task]) for name, task in ON_LABELLED.items()
}
"""They train a head on every layer of a frozen encoder, and need labelled data and words that
correspond."""
EVALUATORS = PROBES | HEADS | FINETUNERS


def check_evaluators(names: Iterable[str], known: Iterable[str] = EVALUATORS) -> None:
    """Raises InputError if a name is not an evaluator's; the message lists those that are."""
    for name in names:
        if name not in known:
            raise InputError(f"unknown evaluator {name!r}; known are {', '.join(known)}")


def evaluate(names: Iterable[str], subject: Subject) -> list[Result]:
    """Runs evaluators by name, one after the other, and correlates what they found.

    Raises:
      InputError: an unknown name.
    """
    names = tuple(names)
    check_evaluators(names)
    results = [result for name in names for result in EVALUATORS[name](subject)]
    return results + correlate(results)

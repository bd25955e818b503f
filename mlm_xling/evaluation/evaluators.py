"""The one protocol of evaluators: a `Subject` goes in, a list of `Result`s comes out.

To add one, write a function like those below and name it in `EVALUATORS`.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from flax import nnx
from jaxtyping import Float32

from mlm_xling.config import Config, fingerprint
from mlm_xling.errors import InputError
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.finetuning.transfer import TASKS, Transfer
from mlm_xling.evaluation.parallel_rows import ParallelRows
from mlm_xling.evaluation.probing import cka, retrieval
from mlm_xling.evaluation.representations import represent
from mlm_xling.evaluation.results import Result
from mlm_xling.vocabulary import Vocabulary

Layers = Float32[np.ndarray, "layer sentence embed"]


class Subject:
    """An encoder under examination, with everything that evaluators may ask about it.

    Each language is encoded once, however many evaluators look at it.
    """

    def __init__(
        self,
        encoder: nnx.Module,
        vocabulary: Vocabulary,
        config: Config,
        rows: ParallelRows | None,
        *,
        model: str = "trained",
        step: int,
        seed: int | None = None,
        workdir: Path | None = None,
    ):
        """Takes an encoder, and what evaluators of one kind only need: `rows` and `workdir`.

        Args:
          rows: for probes.
          step: of the encoder, as is the seed, which defaults to the training seed.
          workdir: where fine-tuning keeps what it needs to go on.
        """
        self.encoder, self.vocabulary, self.config = encoder, vocabulary, config
        self._rows, self._workdir = rows, workdir
        self.model, self.step = model, step
        self.seed = config.training.seed if seed is None else seed
        self._representations: dict[tuple[str, str], Layers] = {}

    @property
    def rows(self) -> ParallelRows:
        """The parallel sentences."""
        assert self._rows is not None, "probes need parallel sentences"
        return self._rows

    @property
    def workdir(self) -> Path:
        """Of the run that trained the encoder."""
        assert self._workdir is not None, "fine-tuning needs a workdir"
        return self._workdir

    @property
    def source(self) -> str:
        """The first language of the configuration."""
        return self.config.languages[0]

    @property
    def targets(self) -> tuple[str, ...]:
        """All other languages."""
        return self.config.languages[1:]

    def layers(self, language: str, split: Literal["test", "fit"]) -> Layers:
        """Mean-pooled hidden states of the parallel sentences of one language and split."""
        if (language, split) not in self._representations:
            sentences = getattr(self.rows, split)[language]
            self._representations[language, split] = represent(
                self.encoder,
                self.vocabulary.encode(sentences, language),
                self.config.languages.index(language),
                self.config.training.length,
            )
        return self._representations[language, split]

    def result(
        self,
        evaluator: str,
        metric: str,
        target: str,
        layer: int,
        value: float,
        interval: tuple[float, float] | None = None,
    ) -> Result:
        """Adds to a value what it was measured on."""
        low, high = interval or (None, None)
        return Result(
            evaluator=evaluator,
            metric=metric,
            model=self.model,
            source=self.source,
            target=target,
            layer=layer,
            value=float(value),
            low=low,
            high=high,
            n=len(self.rows.test[target]),
            step=self.step,
            seed=self.seed,
            config=fingerprint(self.config),
            seen=self.rows.seen_fraction(self.source, target),
        )


Evaluator = Callable[[Subject], list[Result]]


def evaluate_cka(subject: Subject) -> list[Result]:
    """Linear CKA of every layer: as published, debiased, and of permuted pairs."""
    results = []
    for target, layer, x, y in _aligned_layers(subject):
        values = {
            "cka": cka.linear_cka(x, y),
            "cka_debiased": cka.debiased_cka(x, y),
            "cka_permuted": cka.permuted_cka(x, y, subject.config.training.seed),
        }
        results += [
            subject.result("cka", metric, target, layer, value) for metric, value in values.items()
        ]
    return results


def evaluate_retrieval(subject: Subject) -> list[Result]:
    """P@1 of translation retrieval of every layer, in three spaces and both directions."""
    results = []
    for target, layer, x, y in _aligned_layers(subject):
        fit_x, fit_y = (subject.layers(name, "fit")[layer] for name in (subject.source, target))
        spaces = {
            "raw": (x, y),
            "centred": (retrieval.centred(x, fit_x), retrieval.centred(y, fit_y)),
            "procrustes": retrieval.aligned(x, y, fit_x, fit_y),
        }
        for space, vectors in spaces.items():
            for direction, hits in retrieval.retrieve(*vectors)._asdict().items():
                metric, interval = f"p@1_{space}_{direction}", retrieval.wilson_interval(hits)
                results.append(
                    subject.result("retrieval", metric, target, layer, hits.mean(), interval)
                )
    return results


def evaluate_finetuned(subject: Subject, task: Task) -> list[Result]:
    """Zero-shot transfer of a task: every setting, and the mean of the best two."""
    transfer = Transfer(
        task, subject.config, subject.vocabulary, subject.model, subject.step, subject.seed
    )
    return transfer.measure(subject.encoder, subject.workdir)


PROBES: dict[str, Evaluator] = {"cka": evaluate_cka, "retrieval": evaluate_retrieval}
"""They look at a frozen encoder, at every layer, and need parallel sentences."""
FINETUNERS: dict[str, Evaluator] = {
    name: partial(evaluate_finetuned, task=task) for name, task in TASKS.items()
}
"""They fine-tune a copy of the encoder, and need labelled data."""
EVALUATORS = PROBES | FINETUNERS


def check_evaluators(names: Iterable[str], known: Iterable[str] = EVALUATORS) -> None:
    """Raises InputError if a name is not an evaluator's; the message lists those that are."""
    for name in names:
        if name not in known:
            raise InputError(f"unknown evaluator {name!r}; known are {', '.join(known)}")


def evaluate(names: Iterable[str], subject: Subject) -> list[Result]:
    """Runs evaluators by name, one after the other, on one encoder.

    Raises:
      InputError: an unknown name.
    """
    names = tuple(names)
    check_evaluators(names)
    return [result for name in names for result in EVALUATORS[name](subject)]


def _aligned_layers(
    subject: Subject,
) -> Iterator[tuple[str, int, np.ndarray, np.ndarray]]:
    """Yields (target, layer, source vectors, target vectors) of every pair and layer."""
    for target in subject.targets:
        pair = zip(
            subject.layers(subject.source, "test"), subject.layers(target, "test"), strict=True
        )
        for layer, (x, y) in enumerate(pair):
            yield target, layer, x, y

"""Fine-tuning tasks of evaluation: locations of their data, and their grids."""

from dataclasses import dataclass, field

from mlm_xling.config.limits import number, numbers, one_of, share


@dataclass
class TaskConfig:
    """A fine-tuning task (docs/method.md section 5).

    A location is a file, `tfds:<builder>[/<configuration>]`, `lab:<file of the lab>`, or `lab:` for
    the lab's own file of the task; `{language}` is replaced by the language. Training and dev data
    are in the source language, test data in each target.
    """

    train: str
    dev: str
    test: str
    batch_sizes: tuple[int, ...] = numbers((16, 32), 1, 10**5)
    learning_rates: tuple[float, ...] = numbers((2e-5, 3e-5, 5e-5), 1e-12, 100)
    """Learning rates of the encoder, and of the head unless it has its own."""
    head_learning_rates: tuple[float, ...] = numbers((), 1e-12, 100, empty=True)
    schedule: str = one_of("linear", "constant")
    """`linear`: warm-up, then decay to zero; `constant`."""
    warmup: float = share(0.1)
    """Share of the updates; for `linear`."""
    epochs: int = number(10, 1, 10**6)
    epoch_examples: int = number(0, 0, 10**9)
    """Number of examples per epoch; 0: all."""


_WIKIANN = "tfds:wikiann/{language}"
_EWT, _GSD = (f"tfds:universal_dependencies/{{language}}_{name}" for name in ("ewt", "gsd"))


@dataclass
class TasksConfig:
    """All tasks; task `x` is described in `mlm_xling/evaluation/finetuning/tasks/x.py`.

    The defaults are the paper's data and grids.
    """

    nli: TaskConfig = field(
        default_factory=lambda: TaskConfig(
            train="tfds:multi_nli",
            dev="tfds:xnli",
            test="tfds:xnli",
            batch_sizes=(4, 8),
            learning_rates=(1.25e-6, 2.5e-6, 5e-6),
            head_learning_rates=(5e-6, 2.5e-5, 1.25e-4),
            schedule="constant",
            epochs=200,
            epoch_examples=20_000,
        )
    )
    ner: TaskConfig = field(default_factory=lambda: TaskConfig(_WIKIANN, _WIKIANN, _WIKIANN))
    parsing: TaskConfig = field(default_factory=lambda: TaskConfig(_EWT, _EWT, _GSD))
    pos: TaskConfig = field(default_factory=lambda: TaskConfig(_EWT, _EWT, _GSD))

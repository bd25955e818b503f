"""Divergence of training: how it is noticed, and how a run gets over it."""

import contextlib
import math
from collections.abc import Iterator, Mapping

from mlm_xling.errors import DivergedError
from mlm_xling.training.checkpointing import Checkpoints
from mlm_xling.training.perplexity import Perplexity
from mlm_xling.training.step import Metrics, Program, TrainState


class RuinedError(Exception):
    """The update of `step` produced parameters that are not finite or unusable."""

    def __init__(self, step: int, what: str):
        super().__init__(f"step {step}: {what}")
        self.step = step


def require_finite_metrics(step: int, metrics: Metrics) -> None:
    """Checks the loss and the gradient that the update to `step` was computed from."""
    if not (math.isfinite(metrics.loss) and math.isfinite(metrics.gradient_norm)):
        what = f"after it the loss is {metrics.loss:g}, the gradient norm {metrics.gradient_norm:g}"
        raise RuinedError(step - 1, what)


def require_finite(program: Program, state: TrainState) -> None:
    """Checks parameters and moments."""
    if not program.is_finite(state):
        raise RuinedError(int(state.step), "after it parameters or moments are not finite")


def require_finite_perplexities(step: int, perplexities: Mapping[str, Perplexity]) -> None:
    """Checks the dev perplexity of every language."""
    for language, found in perplexities.items():
        if not math.isfinite(found.value):
            raise RuinedError(step, f"after it the dev perplexity of {language} is {found.value}")


@contextlib.contextmanager
def way_out_of_divergence(checkpoints: Checkpoints) -> Iterator[None]:
    """Discards the ruined checkpoint, if it was saved, and explains how to proceed.

    Raises:
      DivergedError: training diverged.
    """
    try:
        yield
    except RuinedError as error:
        kept = checkpoints.give_up(error.step)
        rate = checkpoints.config.optimizer.learning_rate
        raise DivergedError(
            f"{error}. The same command ends here again: add a --config.optimizer.learning_rate "
            f"below {rate:g}, or more warmup_steps, to "
            + (
                "start again at step 0"
                if kept is None
                else f"go on from step {kept}, which is kept"
            )
        ) from None

"""Descriptors of evaluators. Each file in `probes/` ends with its descriptor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlm_xling.evaluation.inputs.loading import Need
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result


@dataclass(frozen=True)
class Metric:
    """How reports present a metric."""

    title: str
    """The metric's title in reports; `{source}` and `{target}` are replaced by their names."""
    percent: bool = False
    """Whether it is a fraction to be shown in percent."""
    ranked: bool = True
    """Whether higher values are better; if not, no layer is selected by it."""
    baseline: bool = False
    """Whether it is shown only as a reference beside another; no layer is selected by it either."""
    curve: str = ""
    """Metrics with the same curve are shown as their mean, e.g. both directions of retrieval."""
    beside: tuple[str, ...] = ()
    """Names in results of model-free baselines; reports show the best of them beside the metric."""

    @property
    def chooses_layer(self) -> bool:
        """Whether reports show the layer at which it is best."""
        return self.ranked and not self.baseline


@dataclass(frozen=True)
class Evaluator:
    """A method of evaluating encoders: maps a `Subject` to a list of `Result`s."""

    name: str
    measure: Callable[[Subject], list[Result]]
    metrics: Mapping[str, Metric]
    """What it measures, by name in `results.jsonl`, in table order."""
    needs: tuple[Need, ...] = ()
    """What it reads, as `subject.inputs[need]`. All inputs are read before anything is computed."""
    checks: tuple[Need, ...] = ()
    """Quick checks for what `needs` would find missing, if those are slow. The checks of all
    evaluators run before any need is read, and before a model is trained."""
    half_random: bool = False
    """Whether it is also run with a random encoder on the target side only, as in the paper
    (docs/method.md section 6)."""
    trains: bool = False
    """Whether it trains something, which is too slow for a probe during pretraining."""
    taught: bool = False
    """Whether it fine-tunes the encoder, which can then have a teacher
    (`evaluation.finetuning.teacher`) and be partly reset (`.reinitialise`)."""
    reads_parameters: bool = False
    """Whether it needs more than hidden states, so that it does not support an `OutsideEncoder`;
    nor do evaluators that train."""
    only_in_figures: str = "(?!)"
    """Pattern of the metrics to leave out of tables."""

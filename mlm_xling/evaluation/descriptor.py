"""What an evaluator says of itself. Each file in `probes/` ends in its descriptor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlm_xling.evaluation.inputs.loading import Need
from mlm_xling.evaluation.subject import Subject
from mlm_xling.results import Result


@dataclass(frozen=True)
class Metric:
    """How reports show a metric."""

    title: str
    """The metric's title in reports, in which `{source}` and `{target}` stand for their names."""
    percent: bool = False
    """Whether it is a fraction that is shown in percent."""
    ranked: bool = True
    """Whether a higher value is better; if not, no layer is chosen by it."""
    baseline: bool = False
    """Whether it is shown only for what stands beside it; no layer is chosen by it either."""
    curve: str = ""
    """Metrics of one curve are shown as their mean: retrieval in both directions is one."""
    beside: tuple[str, ...] = ()
    """Baselines without a model, by their names in results: reports show the best beside it."""

    @property
    def chooses_layer(self) -> bool:
        """Tells whether reports show the layer at which it is best."""
        return self.ranked and not self.baseline


@dataclass(frozen=True)
class Evaluator:
    """One way of looking at encoders: a `Subject` goes in, a list of `Result`s comes out."""

    name: str
    measure: Callable[[Subject], list[Result]]
    metrics: Mapping[str, Metric]
    """What it measures, by the names in `results.jsonl`, in the order of tables."""
    needs: tuple[Need, ...] = ()
    """What it reads: `subject.inputs[need]`. All is read before anything is computed."""
    checks: tuple[Need, ...] = ()
    """What tells at once of something that its `needs` would lack, where those take long. Those of
    all evaluators are asked before any need is read, and before a model is trained."""
    half_random: bool = False
    """Whether it is also asked with a random encoder on the target's side only, as the paper does
    (docs/method.md section 6)."""
    trains: bool = False
    """Whether it trains something, which takes too long for a probe during pretraining."""
    taught: bool = False
    """Whether it fine-tunes the encoder, which can then have a teacher
    (`evaluation.finetuning.teacher`) and begin anew in part (`.reinitialise`)."""
    reads_parameters: bool = False
    """Whether hidden states are not enough for it, so that it cannot take an `OutsideEncoder`; nor
    can what trains."""
    only_in_figures: str = "(?!)"
    """Pattern of the metrics that tables leave out."""

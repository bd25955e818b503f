"""Warnings of figures that stand side by side but were not measured alike."""

import dataclasses
from collections.abc import Mapping, Sequence

from mlm_xling.config import Config, EvaluationConfig
from mlm_xling.config.stored import as_text, fields
from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.finetuning.grid import effective, of_frozen_layer
from mlm_xling.evaluation.probes.contextual_heads import NAME as HEAD
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.selection import ON_SENTENCES, in_tables
from mlm_xling.results import RANDOM, RANDOM_TARGET, TEACHER, TRAINED, Result

REMEDIES = {
    "lexicon": " config.evaluation.lexicon.only tests all on the same words, see "
    "docs/how-to/compare-two-models.md."
}
Items = tuple[int, str | None]
"""Number of items, and their fingerprint."""
_ENCODERS = (TRAINED, TEACHER, RANDOM, RANDOM_TARGET)
_OF_SENTENCES = ("pooling", "fit_pairs")
_TOLD_OTHERWISE = ("source", "targets", "test", "test_words", "only", "quick")
"""Fields that choose languages or items, which results tell, or values of other fields."""
_Values = dict[str, dict[str, dict[str, None]]]
"""Field -> value -> systems that were measured with it."""
_OF_TEACHER = ("teacher_weight", "temperature", "then_gold", "permute_teacher")


def unlike_notes(runs: Mapping[str, list[Result]]) -> list[str]:
    """Returns a warning per evaluator and pair whose results were measured on different items.

    Args:
      runs: results to compare, by name of the run.
    """
    notes: dict[tuple[str, str, str], str] = {}
    for (evaluator, source, target, _), of_items in _systems_by_items(runs).items():
        told = {items for _, items in of_items if items is not None}
        if len(told) > 1 or len({n for n, _ in of_items}) > 1:
            systems = "; ".join(f"{n:,} of {', '.join(who)}" for (n, _), who in of_items.items())
            remedy = REMEDIES.get(evaluator, "")
            notes[evaluator, source, target] = (
                f"{source}-{target}: figures of {evaluator} are measured on different items "
                f"({systems}) and cannot be compared.{remedy}"
            )
    return list(notes.values())


def _systems_by_items(
    runs: Mapping[str, list[Result]],
) -> dict[tuple[str, str, str, str], dict[Items, dict[str, None]]]:
    """Groups systems by evaluator, pair and metric, and by the items they were measured on."""
    found: dict[tuple[str, str, str, str], dict[Items, dict[str, None]]] = {}
    for name, results in runs.items():
        for result in results:
            if result.evaluator == "perplexity" or result.setting or not in_tables(result.metric):
                continue
            what = result.evaluator, result.source, result.target, result.metric
            systems = found.setdefault(what, {}).setdefault((result.n, result.items), {})
            systems[_system(name, result)] = None
    return found


def setting_notes(
    runs: Mapping[str, list[Result]], settings: Mapping[str, Sequence[Config]]
) -> list[str]:
    """Returns a warning per evaluator and pair whose results were measured with unlike settings.

    Args:
      runs: results to compare, by name of the run.
      settings: configurations of results, by fingerprint.
    """
    found: dict[tuple[str, str, str], _Values] = {}
    for name, results in runs.items():
        for result in results:
            # Training measures perplexity, which the evaluator of that name does not replace.
            during_training = result.metric.startswith("dev_perplexity")
            if during_training or result.model not in _ENCODERS or result.config not in settings:
                continue
            values = found.setdefault((result.evaluator, result.source, result.target), {})
            for field, value in _settings_of(result.evaluator, settings[result.config][0]).items():
                values.setdefault(field, {}).setdefault(value, {})[_system(name, result)] = None
    return [
        f"{source}-{target}: figures of {evaluator} are measured with different settings "
        f"({told}) and cannot be compared, unless that is the question."
        for (evaluator, source, target), values in found.items()
        if (told := _differing(values))
    ]


def _differing(values: _Values) -> str:
    """Lists the fields of which systems have different values."""
    return ", ".join(
        f"{field}: " + "; ".join(f"{value} of {', '.join(who)}" for value, who in of_value.items())
        for field, of_value in values.items()
        if len(of_value) > 1
    )


def _settings_of(evaluator: str, config: Config) -> dict[str, str]:
    """Returns the fields that affect the results of an evaluator, with their values as text."""
    task = next((t for t in TASKS if evaluator in (t, HEAD.format(task=t))), None)
    sections = {evaluator, "contextual"} if evaluator != task and task else {evaluator}
    sections |= {task, "finetuning"} if task else set()
    evaluation = _as_trained(config.evaluation, task, evaluator) if task else config.evaluation
    alone: set[str] = {*_OF_SENTENCES} if evaluator in ON_SENTENCES else set()
    if "contextual" in sections or (evaluator == "retrieval" and config.data.retrieval):
        alone.add("pairs")  # The others fit maps.
    left_out = {*_TOLD_OTHERWISE, *(() if evaluation.finetuning.teacher else _OF_TEACHER)}
    found = {}
    for name, value in fields(evaluation):
        section, _, field = name.rpartition(".")
        affects = section in sections and field not in left_out if section else field in alone
        if affects:
            found[f"config.evaluation.{name}"] = as_text(value) or "nothing"
    return found


def _as_trained(evaluation: EvaluationConfig, task: str, evaluator: str) -> EvaluationConfig:
    """Replaces the grid of a task by that of the evaluator, which may be a quick one."""
    grid = effective if evaluator == task else of_frozen_layer
    own = grid(TASKS[task], getattr(evaluation, task), evaluation.finetuning.quick)
    return dataclasses.replace(evaluation, **{task: own})


def _system(run: str, result: Result) -> str:
    return run if result.model == TRAINED else f"{run}, {shown_model(result.model)}"

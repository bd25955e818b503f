"""Warnings of figures that stand side by side but were not measured alike."""

from collections.abc import Mapping, Sequence

from mlm_xling.config import Config
from mlm_xling.config.stored import fields
from mlm_xling.evaluation.evaluators import TASKS
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
_OF_SENTENCES = ("pooling", "fit_pairs", "shrunk_maps")
_TOLD_BY_ITEMS = ("source", "targets", "test", "test_words", "only")
"""Fields that choose languages or items, which results tell."""


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
    found: dict[tuple[str, str, str, str], dict[str, dict[str, None]]] = {}
    for name, results in runs.items():
        for result in results:
            if result.model not in _ENCODERS or result.config not in settings:
                continue
            pair = result.evaluator, result.source, result.target
            for field, value in _settings_of(result.evaluator, settings[result.config][0]):
                of_value = found.setdefault((*pair, field), {}).setdefault(value, {})
                of_value[_system(name, result)] = None
    notes = []
    for (evaluator, source, target, field), of_value in found.items():
        if len(of_value) > 1:
            told = "; ".join(f"{value} of {', '.join(who)}" for value, who in of_value.items())
            notes.append(
                f"{source}-{target}: figures of {evaluator} are measured with different settings "
                f"({field}: {told}) and cannot be compared, unless that is the question."
            )
    return notes


def _settings_of(evaluator: str, config: Config) -> list[tuple[str, str]]:
    """Lists the fields that affect the results of an evaluator, with their values as text."""
    task = next((t for t in TASKS if evaluator in (t, HEAD.format(task=t))), None)
    sections = {evaluator, *((task, "finetuning") if task else ())}
    if task and evaluator != task:
        sections.add("contextual")
    listed = []
    for name, value in fields(config):
        match name.split("."):
            case ["evaluation", section, field] if section in sections:
                matters = field not in _TOLD_BY_ITEMS
            case ["evaluation", field]:
                matters = evaluator in ON_SENTENCES and field in _OF_SENTENCES
            case _:
                matters = False
        if matters:
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            listed.append((f"config.{name}", text or "nothing"))
    return listed


def _system(run: str, result: Result) -> str:
    return run if result.model == TRAINED else f"{run}, {shown_model(result.model)}"

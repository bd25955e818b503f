"""Tables of zero-shot transfer, like the paper's Table 1: checkpoints by task and language."""

from collections.abc import Sequence
from typing import NamedTuple

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.published import PUBLISHED, published_row
from mlm_xling.reports.tables import Table
from mlm_xling.results import RANDOM, TRAINED, Result


class Row(NamedTuple):
    """The results of one checkpoint, or of a baseline."""

    name: str
    results: Sequence[Result]
    run: str = ""
    """Name of the run, if these are results of its trained model."""


def is_transfer(result: Result) -> bool:
    """Returns whether a result is from fine-tuning."""
    return result.evaluator in TASKS


def rows_of(name: str, results: Sequence[Result]) -> list[Row]:
    """Returns a row per fine-tuned model and per language that it learnt from.

    The trained model is named after the run; a single source is not mentioned.
    """
    chosen = [result for result in results if is_transfer(result)]
    lines: dict[str, list[Result]] = {}
    for result in chosen:
        of_run = name if result.model == TRAINED else f"{name}, {shown_model(result.model)}"
        lines.setdefault(of_run + _source(result, chosen), []).append(result)
    return [
        Row(line, of_line, name if of_line[0].model == TRAINED else "")
        for line, of_line in lines.items()
    ]


def _source(result: Result, among: Sequence[Result]) -> str:
    """Returns a suffix with the source, if there are several."""
    several = len({other.source for other in among if is_transfer(other)}) > 1
    return f", from {result.source}" if several else ""


def transfer_table(rows: Sequence[Row], baseline: str) -> Table:
    """Builds a table in percent with 95% intervals, differences to the baseline, and the paper's.

    If a checkpoint is named after a row of the paper (`published_row`), its number for the same
    pair is in brackets. The difference of a task is the mean over the languages that both rows
    have. The best encoder-free score of each column is emphasised.

    Args:
      baseline: name of the checkpoint to compare with.
    """
    measured = {row.name: _reported(row.results) for row in rows}
    columns = sorted(
        {key for of_row in measured.values() for key in of_row},
        key=lambda key: (list(TASKS).index(key[0]), key[1]),
    )
    tasks = list(dict.fromkeys(task for task, _ in columns))
    header, body, bold = ["checkpoint"], [[row.name] for row in rows], set()
    for task in tasks:
        languages = [language for name, language in columns if name == task]
        for language in languages:
            cells = [measured[row.name].get((task, language)) for row in rows]
            bold |= {(row, len(header)) for row in _best_baselines(cells)}
            header.append(f"{TASKS[task].title} {language} ({_score(task)}, %)")
            for line, row in zip(body, rows, strict=True):
                line.append(_cell(row.run, task, language, measured[row.name]))
        header.append(f"{TASKS[task].title} Δ")
        for line, row in zip(body, rows, strict=True):
            line.append(_delta(measured[row.name], measured.get(baseline, {}), task))
    return Table(header, body, frozenset(bold))


def beaten_notes(name: str, results: Sequence[Result]) -> list[str]:
    """Returns a remark per score of a trained encoder that does not clearly beat its baselines.

    Its interval includes the score without an encoder, or of the untrained encoder, of the same
    source."""
    by_source: dict[tuple[str, str, str], list[Result]] = {}
    for row in rows_of(name, results):
        for (task, language), result in _reported(row.results).items():
            by_source.setdefault((task, result.source, language), []).append(result)
    notes = []
    for (task, _, language), measured in by_source.items():
        best = max(filter(_is_baseline, measured), key=lambda result: result.value, default=None)
        for score in (result for result in measured if result.model == TRAINED):
            low = score.value if score.low is None else score.low
            line = f"{name}{_source(score, results)}, {TASKS[task].title} {language}"
            found = f"{line}: {_with_items(score)} is not clearly"
            if best is not None and best.value >= low:
                notes.append(
                    f"{found} above the {_value(best)} of {best.model}, which needs no encoder; "
                    "the score is no evidence that the encoder learnt more."
                )
            random = next((result for result in measured if result.model == RANDOM), None)
            if random is not None and random.value >= low:
                notes.append(
                    f"{found} above the {_value(random)} of the untrained encoder; the score is "
                    "no evidence that pretraining helped."
                )
    return notes


def describe_baselines(evaluator: str) -> str:
    """Describes each baseline of a task in one sentence."""
    baselines = TASKS[evaluator].baselines.items()
    return " ".join(f"'{name}': {baseline.description}." for name, baseline in baselines)


def detail_table(results: Sequence[Result], evaluator: str) -> Table:
    """Builds a table of a task's metrics by model and language: mean of the best two settings."""
    chosen = [r for r in results if r.evaluator == evaluator and r.setting is None]
    metrics = list(dict.fromkeys(result.metric for result in chosen))
    names = {r: shown_model(r.model) + _source(r, chosen) for r in chosen}
    rows = dict.fromkeys((names[r], r.target, r.n) for r in chosen)
    cells = {(names[r], r.target, r.n, r.metric): r for r in chosen}
    body = [
        [model, target, f"{n:,}", *(_value(cells.get((model, target, n, m))) for m in metrics)]
        for model, target, n in rows
    ]
    return Table(["model", "language", "sentences", *(f"{m} (%)" for m in metrics)], body)


def settings_table(results: Sequence[Result], evaluator: str) -> Table:
    """Builds a table of all grid settings of a task, with source dev and target scores."""
    metric = TASKS[evaluator].selection
    chosen = [r for r in results if r.evaluator == evaluator and r.setting is not None]
    targets = list(dict.fromkeys(r.target for r in chosen if r.metric == metric))
    names = {r: shown_model(r.model) + _source(r, chosen) for r in chosen}
    cells = {(names[r], r.setting, r.target, r.metric): r for r in chosen}
    body = [
        [
            name,
            str(setting),
            _with_items(cells.get((name, setting, source, f"dev_{metric}"))),
            *(_with_items(cells.get((name, setting, target, metric))) for target in targets),
        ]
        for name, setting, source in dict.fromkeys((names[r], r.setting, r.source) for r in chosen)
    ]
    header = ["model", "setting", f"source dev {_score(evaluator)} (%)"]
    return Table([*header, *(f"{target} (%)" for target in targets)], body)


Reported = dict[tuple[str, str], Result]
"""(task, target language) -> the mean of the best two settings."""


def _reported(results: Sequence[Result]) -> Reported:
    return {
        (result.evaluator, result.target): result
        for result in results
        if is_transfer(result)
        and result.setting is None
        and result.metric == TASKS[result.evaluator].selection
    }


def _cell(run: str, task: str, language: str, measured: Reported) -> str:
    result = measured.get((task, language))
    if result is None:
        return "–"
    cell = _with_items(result)
    paper = PUBLISHED.get((published_row(run) or "", task, language))
    return cell if paper is None or result.source != "en" else f"{cell} [{100 * paper:.1f}]"


def _is_baseline(result: Result) -> bool:
    return result.model in TASKS[result.evaluator].baselines


def _best_baselines(column: Sequence[Result | None]) -> list[int]:
    """Returns the indices of the best scores without an encoder."""
    values = {i: one.value for i, one in enumerate(column) if one is not None and _is_baseline(one)}
    return [i for i, value in values.items() if value == max(values.values())]


def _delta(measured: Reported, baseline: Reported, task: str) -> str:
    shared = [key for key in measured if key[0] == task and key in baseline]
    if not shared:
        return "–"
    mean = sum(measured[key].value - baseline[key].value for key in shared) / len(shared)
    return f"{100 * mean:+.1f}"


def _score(task: str) -> str:
    return TASKS[task].metrics[TASKS[task].selection].title


def _with_items(result: Result | None) -> str:
    if result is None:
        return "–"
    interval = ""
    if result.low is not None and result.high is not None:
        interval = f"{100 * result.low:.1f} to {100 * result.high:.1f}, "
    return f"{_value(result)} ({interval}n={result.n:,})"


def _value(result: Result | None) -> str:
    return "–" if result is None else f"{100 * result.value:.1f}"

"""Tables printed at the end of an evaluation.

Names come from users and may contain anything, so cells are `Text`, without markup.
"""

from collections.abc import Mapping, Sequence

import rich.box
import rich.console
import rich.table
from rich.text import Text

from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.languages import is_between_languages
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.runs import find_baseline
from mlm_xling.reports.selection import (
    CURVES,
    baselines_beside,
    by_pair,
    items_of,
    level,
    mean_by_layer,
)
from mlm_xling.reports.tables import WITHOUT_MODEL, Table, description_table, number
from mlm_xling.reports.transfer import beaten_notes, is_transfer, rows_of, transfer_table
from mlm_xling.results import Result, chosen_layer

HEADERS = {WITHOUT_MODEL: "without a model"}
"""Headers that would be wider than their columns."""


def print_tables(
    results: Sequence[Result],
    runs: Mapping[str, Sequence[Result]],
    baseline: str | None = None,
) -> None:
    """Prints probes at their selected layers and the transfer of fine-tuned models, if any.

    The output fits in a terminal of 80 columns.

    Args:
      results: the new measurements.
      runs: by name, results of the reported run and of those compared with it.
      baseline: the row to compare with, as in the report.
    """
    name, reported = next(iter(runs.items()))
    console = rich.console.Console(markup=False, emoji=False)
    probed = [r for r in results if not is_transfer(r) and not is_between_languages(r)]
    for (source, target), of_pair in by_pair(probed).items():
        if (table := console_table(of_pair)).row_count:
            title = f"{source}-{target}, at the chosen layers, both directions averaged"
            if source == target:  # A single language, as in perplexity: no directions or layers.
                title = source
            console.print(Text(title, "italic"), table, sep="\n", end="\n\n")
        for title, value in description_table(of_pair).rows:
            console.print(f"{source}-{target}  {title}: {value}")
    if rows_of(name, results):
        rows = [row for run, of_run in runs.items() for row in rows_of(run, of_run)]
        baseline = find_baseline(baseline or name, rows) or rows[0].name
        title = Text(f"zero-shot transfer, Δ to {baseline}", "italic")
        console.print(title, _transfer(transfer_table(rows, baseline)), sep="\n", end="\n\n")
        for note in beaten_notes(name, reported):
            console.print(note)


def console_table(results: list[Result]) -> rich.table.Table:
    """Builds the table of a language pair: a row per curve, a column per model and model-free.

    Each model is shown at the layer selected for it. If neither end of a curve is better, its range
    over layers is shown.
    """
    table = _table()
    shown = [name for name, metrics in CURVES.items() if not METRICS[metrics[0]].baseline]
    shown = [name for name in shown if any(r.metric in CURVES[name] for r in results)]
    baselines = baselines_beside(METRICS)
    models = dict.fromkeys(r.model for r in results if r.metric not in baselines)
    levels = {name: level(results, CURVES[name]) for name in shown}
    is_level = any(value is not None for value in levels.values())
    table.add_column("", no_wrap=True)
    for name in (*models, *([WITHOUT_MODEL] if is_level else []), "n"):
        header = HEADERS.get(name, shown_model(name)).replace(" ", "\n", 1)
        table.add_column(Text(header), justify="right")
    for name in shown:
        cells = [_shown(results, model, name) for model in models]
        beside = [_level(levels[name], name)] if is_level else []
        items = items_of(result for result in results if result.metric in CURVES[name])
        table.add_row(name, *cells, *beside, Text(items.replace(" to ", "–"), "dim"))
    return table


def _transfer(shown: Table) -> rich.table.Table:
    """Converts the table of transfer, which widens with languages, to one block per column."""
    table = _table()
    table.add_column("", overflow="fold")
    table.add_column("")
    for j, title in enumerate(shown.header[1:], start=1):
        table.add_row(Text(title, "underline"), "")
        for i, row in enumerate(shown.rows):
            table.add_row(Text(row[0]), Text(row[j], "bold" if (i, j) in shown.bold else ""))
        table.add_section()
    return table


def _table() -> rich.table.Table:
    return rich.table.Table(
        box=rich.box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False, show_header=True
    )


def _shown(results: list[Result], model: str, family: str) -> Text:
    """Formats the value at the selected layer, or the range over all layers if none is selected.

    For what has no layers, such as supplied vectors, formats the value.
    """
    chosen = [r for r in results if r.model == model and r.metric in CURVES[family]]
    values: Mapping[int | None, float] = mean_by_layer(chosen, CURVES[family])
    if layered := [layer for layer in values if layer is not None]:
        values = {layer: values[layer] for layer in layered}
    if not values:
        return Text("–")
    if not METRICS[CURVES[family][0]].ranked:
        low, high = (_number(end(values.values()), family) for end in (min, max))
        if len(values) == 1:
            return Text(low)
        return Text(f"{low}–{high}")
    layer = chosen_layer([r for r in chosen if r.layer in values], CURVES[family])
    where = "" if layer is None else f" L{layer}"
    return Text.assemble(_number(values[layer], family), (where, "dim"))


def _level(value: float | None, family: str) -> str:
    return "–" if value is None else _number(value, family)


def _number(value: float, family: str) -> str:
    return number(value, METRICS[CURVES[family][0]].percent)

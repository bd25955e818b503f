"""What an evaluation shows on the screen when it is done.

Names are the user's and may hold anything, so cells are `Text`: nothing in them is markup.
"""

from collections.abc import Mapping, Sequence

import rich.box
import rich.console
import rich.table
from rich.text import Text

from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.selection import (
    CURVES,
    baselines_beside,
    by_pair,
    items_of,
    level,
    mean_by_layer,
)
from mlm_xling.reports.tables import WITHOUT_MODEL, number
from mlm_xling.reports.transfer import beaten_notes, is_transfer, rows_of, transfer_table
from mlm_xling.results import Result, chosen_layer


def print_tables(name: str, results: Sequence[Result]) -> None:
    """Prints probes at their chosen layers and the transfer of fine-tuned models, if any."""
    console = rich.console.Console(markup=False, emoji=False)
    if probed := [result for result in results if not is_transfer(result)]:
        console.print(console_table(probed))
    if rows := rows_of(name, results):
        shown = transfer_table(rows, rows[0].name)
        table = rich.table.Table(title="zero-shot transfer", title_justify="left")
        for title in shown.header:
            table.add_column(Text(title))
        for i, row in enumerate(shown.rows):
            table.add_row(
                *(Text(cell, "bold" if (i, j) in shown.bold else "") for j, cell in enumerate(row))
            )
        console.print(table)
        for note in beaten_notes(name, results):
            console.print(note)


def console_table(results: list[Result]) -> rich.table.Table:
    """Shows one line a pair and model, each curve at its chosen layer, and one without a model.

    Of a curve of which neither end is better, the range over layers is shown.
    """
    table = rich.table.Table(
        title="at the chosen layer (both directions averaged), and of how many items",
        title_justify="left",
        box=rich.box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    shown = [name for name, metrics in CURVES.items() if not METRICS[metrics[0]].baseline]
    shown = [name for name in shown if any(r.metric in CURVES[name] for r in results)]
    for name in ["pair", "model", *shown]:
        justify = "left" if name in ("pair", "model") else "right"
        table.add_column(name, justify=justify, overflow="fold")
    baselines = baselines_beside(METRICS)
    for (source, target), of_pair in by_pair(results).items():
        for model in dict.fromkeys(r.model for r in of_pair if r.metric not in baselines):
            cells = [_shown(of_pair, model, name) for name in shown]
            table.add_row(Text(f"{source}-{target}"), Text(model), *cells)
        levels = [level(of_pair, CURVES[name]) for name in shown]
        if any(value is not None for value in levels):
            cells = [_level(*pair) for pair in zip(levels, shown, strict=True)]
            table.add_row(Text(f"{source}-{target}"), WITHOUT_MODEL, *cells)
    return table


def _shown(results: list[Result], model: str, family: str) -> Text:
    """The value of the chosen layer, or the range over all layers where none is chosen.

    Of what has no layers, like supplied vectors, the value alone.
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
            return Text.assemble(low, (f"\nn={items_of(chosen)}", "dim"))
        return Text.assemble(f"{low} to {high}", (f"\nn={items_of(chosen)}", "dim"))
    layer = chosen_layer([r for r in chosen if r.layer in values], CURVES[family])
    items = items_of(result for result in chosen if result.layer == layer)
    where = "" if layer is None else f" L{layer}"
    return Text.assemble(_number(values[layer], family), (f"{where}\nn={items}", "dim"))


def _level(value: float | None, family: str) -> str:
    return "–" if value is None else _number(value, family)


def _number(value: float, family: str) -> str:
    return number(value, METRICS[CURVES[family][0]].percent)

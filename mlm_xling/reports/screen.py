"""What an evaluation shows on the screen when it is done."""

from collections.abc import Sequence

import rich
import rich.box
import rich.table

from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.selection import (
    CURVES,
    baselines_beside,
    by_pair,
    chosen_layer,
    curve,
    items_of,
    level,
)
from mlm_xling.reports.tables import WITHOUT_MODEL, number
from mlm_xling.reports.transfer import beaten_notes, is_transfer, rows_of, transfer_table
from mlm_xling.results import Result


def print_tables(name: str, results: Sequence[Result]) -> None:
    """Prints probes at their chosen layers and the transfer of fine-tuned models, if any."""
    if probed := [result for result in results if not is_transfer(result)]:
        rich.print(console_table(probed))
    if rows := rows_of(name, results):
        shown = transfer_table(rows, rows[0].name)
        table = rich.table.Table(*shown.header, title="zero-shot transfer", title_justify="left")
        for i, row in enumerate(shown.rows):
            cells = (
                f"[bold]{cell}[/]" if (i, j) in shown.bold else cell for j, cell in enumerate(row)
            )
            table.add_row(*cells)
        rich.print(table)
        for note in beaten_notes(name, results):
            rich.print(note)


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
            table.add_row(f"{source}-{target}", model, *cells)
        levels = [level(of_pair, CURVES[name]) for name in shown]
        if any(value is not None for value in levels):
            cells = [_level(*pair) for pair in zip(levels, shown, strict=True)]
            table.add_row(f"{source}-{target}", WITHOUT_MODEL, *cells)
    return table


def _shown(results: list[Result], model: str, family: str) -> str:
    """The value of the chosen layer, or the range over all layers where none is chosen."""
    values = curve(results, model, family)
    if not values:
        return "–"
    layers = [
        r for r in results
        if r.model == model and r.metric in CURVES[family] and r.layer is not None
    ]  # fmt: skip
    if not METRICS[CURVES[family][0]].ranked:
        low, high = (_number(end(values.values()), family) for end in (min, max))
        return f"{low} to {high}\n[dim]n={items_of(layers)}[/dim]"
    layer = chosen_layer(layers, CURVES[family])
    assert layer is not None
    items = items_of(result for result in layers if result.layer == layer)
    return f"{_number(values[layer], family)} [dim]L{layer}\nn={items}[/dim]"


def _level(value: float | None, family: str) -> str:
    return "–" if value is None else _number(value, family)


def _number(value: float, family: str) -> str:
    return number(value, METRICS[CURVES[family][0]].percent)

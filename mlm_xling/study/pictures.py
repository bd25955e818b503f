"""Figures of a study: Figure 3, and curves over layers and training steps, for all rows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mlm_xling.evaluation.evaluators import METRICS, TASKS
from mlm_xling.reports.figures import Picture
from mlm_xling.reports.figures.rows import (
    VECTORS,
    WITHOUT_MODEL,
    Bar,
    Bars,
    Lines,
    Looks,
    OverLayers,
    bars_figure,
    layers_figure,
    looks_of,
    steps_figure,
)
from mlm_xling.reports.selection import (
    CURVES,
    by_pair,
    items_of,
    level,
    mean_by_layer,
    while_training,
)
from mlm_xling.results import RANDOM, RANDOM_TARGET, TRAINED, Result, chosen_layer
from mlm_xling.study.cell import Cell
from mlm_xling.study.measured import Run
from mlm_xling.study.table import Compared, Line, place_name

OVER_STEPS = ("P@1 raw", "P@1 Procrustes", "CKA debiased")
_LAYERED = {
    "words": ("Word translation by layer", "word P@1, CSLS, Procrustes", ("word_p@1_other",)),
    "retrieval": ("Sentence retrieval by layer", "P@1, Procrustes", CURVES["P@1 Procrustes"]),
    "cka": ("Similarity by layer", "CKA, debiased", ("cka_debiased",)),
} | {
    f"mapped_{task.name}": (
        f"Mapped layers: {task.title}",
        task.metrics[task.selection].title,
        (f"contextual_{task.name}_{task.selection}",),
    )
    for task in TASKS.values()
    if task.on_layers
}
"""Name of a picture -> title, label, metrics."""
_FIGURES = {"words": 4, "mapped_ner": 5, "retrieval": 6, "cka": 7, "mapped_parsing": 8}
"""Name of a picture -> the paper's figure that shows the same."""
BARS = (
    "Zero-shot transfer of each row: means over seeds, with 95% intervals over seeds and test "
    "items. The short line across a bar is the same encoder before training. Compare with Figure 3 "
    "of the paper."
)
DASHED = "Dashed and hollow: rows whose languages have embeddings or layers of their own."
LAYERS = (
    f"Means over seeds. {DASHED} Dotted and hollow: rows of one language; 'monolingual' is two "
    "models of one language each, compared through a map; 'en_en' is one model that reads the same "
    "language twice. Grey: untrained encoders, from the lowest to the highest row."
)
STEPS = (
    "Measured during pretraining: means over seeds, at the layer chosen at the end of training on "
    f"other items. {DASHED}"
)


def bars_picture(every: Sequence[Compared], rows: Sequence[str]) -> Iterator[Picture]:
    """Draws Figure 3."""
    panels = {
        compared.column.measure.title: _bars(compared, rows)
        for compared in every
        if compared.column.measure.is_task
    }
    if drawn := bars_figure(panels):
        yield Picture("transfer", "Figure 3: transfer", BARS, drawn)


def layer_pictures(runs: Sequence[Run], rows: Sequence[str]) -> Iterator[Picture]:
    """Draws curves over layers, one picture per measurement and pair of languages."""
    looks = _looks(runs, rows)
    by_row: dict[str, list[Result]] = {row: [] for row in looks}
    for run in runs:
        by_row[run.cell.row].extend(run.newest)
    pairs = by_pair([r for results in by_row.values() for r in results if r.layer is not None])
    for name, (title, label, metrics) in _LAYERED.items():
        for pair in pairs:
            of_pair = {row: by_pair(of).get(pair, []) for row, of in by_row.items()}
            drawn = layers_figure(_over_layers(of_pair, pair, label, metrics), looks)
            if drawn:
                source, target = pair
                place = f"{source}-{target}".replace("'", "_again")
                titled = f"{name}-{place}", f"{title}, {source}-{target}"
                yield Picture(*titled, LAYERS + _compare(name), drawn)


def _over_layers(
    by_row: Mapping[str, list[Result]],
    pair: tuple[str, str],
    label: str,
    metrics: tuple[str, ...],
) -> OverLayers:
    """Averages over seeds what was measured of a pair; rows without data are left out."""
    results = [r for of_row in by_row.values() for r in of_row]
    measured = [r for r in results if r.metric in metrics and r.layer is not None]
    title = " – ".join(pair) + (f"   (n = {items_of(measured)})" if measured else "")
    untrained = {model: _lines(by_row, model, metrics) for model in (RANDOM, RANDOM_TARGET)}
    supplied = [r for r in results if r.model == "vectors"]
    levels = {
        WITHOUT_MODEL: level(results, metrics),
        VECTORS: mean_by_layer(supplied, metrics).get(None),
    }
    return OverLayers(
        title=title,
        label=label,
        percent=METRICS[metrics[0]].percent,
        lines=_lines(by_row, TRAINED, metrics),
        untrained={model: lines for model, lines in untrained.items() if lines},
        levels={name: value for name, value in levels.items() if value is not None},
    )


def _lines(by_row: Mapping[str, list[Result]], model: str, metrics: tuple[str, ...]) -> Lines:
    lines = {}
    for row, results in by_row.items():
        layered = [r for r in results if r.model == model and r.layer is not None]
        if values := mean_by_layer(layered, metrics):
            lines[row] = values
    return lines


def _looks(runs: Sequence[Run], rows: Sequence[str]) -> Looks:
    """Gives rows a look by what their languages share; those beside the table come last."""
    cells = {run.cell.row: run.cell for run in runs}
    private = [row for row in rows if row in cells and _has_private_parts(cells[row])]
    shared = [row for row in rows if row not in private]
    return looks_of([shared, private, [row for row in cells if row not in rows]])


def _has_private_parts(cell: Cell) -> bool:
    return cell.config is not None and bool(cell.config.model.private)


def _compare(name: str) -> str:
    return f" Compare with Figure {_FIGURES[name]} of the paper." if name in _FIGURES else ""


def steps_picture(runs: Sequence[Run], rows: Sequence[str]) -> Iterator[Picture]:
    """Draws curves over training steps, all rows in one picture."""
    panels = {}
    for curve in OVER_STEPS:
        for pair in dict.fromkeys(run.cell.pair for run in runs):
            lines = {row: _over_steps(runs, row, pair, curve) for row in rows}
            if any(lines.values()):
                panels[curve, pair] = {row: points for row, points in lines.items() if points}
    percent = {curve: METRICS[CURVES[curve][0]].percent for curve in OVER_STEPS}
    if drawn := steps_figure(panels, percent, _looks(runs, rows)):
        yield Picture("emergence", "Emergence", STEPS, drawn)


def _bars(compared: Compared, rows: Sequence[str]) -> Bars:
    column, bars = compared.column, {}
    for row in rows:
        bars[row] = {}
        for place in column.places:
            found, _ = compared.means.get((Line(row, row), place), (None, 0))
            untrained = column.mean(row, place, RANDOM)
            if found is not None:
                level = None if untrained is None else untrained.value
                bars[row][place_name(place)] = Bar(found.value, found.low, found.high, level)
    return bars


def _over_steps(runs: Sequence[Run], row: str, pair: str, curve: str) -> Mapping[int, float]:
    """Averages a curve over seeds at the steps of pretraining."""
    metrics, found = CURVES[curve], []
    for run in runs:
        if (run.cell.row, run.cell.pair) == (row, pair):
            during = while_training(run.results)
            steps = {r.step for r in during if r.metric == "dev_perplexity"}
            found += [
                r for r in during if r.metric in metrics and r.model == TRAINED and r.step in steps
            ]
    last = max((result.step for result in found), default=0)
    layer = chosen_layer([result for result in found if result.step == last], metrics)
    values: dict[int, list[float]] = {}
    for result in found:
        if result.layer == layer:
            values.setdefault(result.step, []).append(result.value)
    return {step: float(np.mean(of_step)) for step, of_step in sorted(values.items())}

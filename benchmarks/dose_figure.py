"""How figures grow with the amount of something: pairs of sentences, lines of another language."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.record import Record
from mlm_xling.reports.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    LINES,
    ORANGE,
    VERMILION,
    baseline,
    baseline_handles,
    legend,
    panels,
    style,
)

CONTROLS = ((VERMILION, "D"), (ORANGE, "s"))
LEVELS = ((GREY, LINES["random"]), (GREEN, "-."))


class Measure(NamedTuple):
    """What a panel shows."""

    title: str
    fields: Mapping[str, str]
    """`metric` and other fields of its results."""
    baseline: Mapping[str, str] = {}
    """The same, with `model`, of what is scored without any encoder."""


class Dose(NamedTuple):
    """What is drawn of a record."""

    amount: str
    """What there are different amounts of; the title of the horizontal axis."""
    runs: Mapping[str, str]
    """Name of each run -> its amount, from none to the most."""
    controls: Mapping[str, Mapping[str, str]]
    """Title -> the same of runs whose amount is of something else."""
    levels: Mapping[str, tuple[str, str]]
    """Title -> a run, and a model of it, whose figure is a line across."""
    measures: Sequence[Measure]


STRINGS = {"metric": "lexical_p@1", "model": "lexical"}
TLM = Dose(
    "pairs of sentences",
    {"pairs_0": "0", "pairs_100": "100", "pairs_1000": "1,000", "pairs_4000": "4,000"},
    {
        "partners shuffled": {"shuffled_4000": "4,000"},
        "no attention across": {"blocked_4000": "4,000"},
    },
    {
        "untrained": ("pairs_0", "random"),
        "no pairs, equal pieces are one id": ("anchors_0", "trained"),
    },
    (
        Measure("retrieval, centred", {"metric": "p@1_centred"}, STRINGS),
        Measure("retrieval, Procrustes", {"metric": "p@1_procrustes"}, STRINGS),
        Measure("CKA, debiased", {"metric": "cka_debiased"}),
    ),
)
CONTAMINATION = Dose(
    "lines of b in the text of a",
    {
        "dose_0": "0",
        "dose_1e-4": "0.01%",
        "dose_1e-3": "0.1%",
        "dose_1e-2": "1%",
        "dose_1e-1": "10%",
    },
    {"words shuffled": {"shuffled_1e-2": "1%", "shuffled_1e-1": "10%"}},
    {"untrained": ("dose_0", "random")},
    (
        Measure("retrieval, Procrustes", {"metric": "p@1_procrustes"}, STRINGS),
        Measure(
            "parsing, LAS on b",
            {"metric": "las", "evaluator": "parsing"},
            {"metric": "las", "evaluator": "parsing", "model": "lookup"},
        ),
        Measure(
            "tags of b",
            {"metric": "accuracy", "evaluator": "pos"},
            {"metric": "accuracy", "evaluator": "pos", "model": "lookup"},
        ),
    ),
)
FIGURES = {"tlm": TLM, "contamination": CONTAMINATION}
"""The doses that are drawn, by the name of their record."""


def dose_figure(record: Record, dose: Dose) -> Figure:
    """Draws each measure against the amount, of the runs there are, in a panel each.

    Amounts stand side by side, not to scale. Bars are what stands in brackets on the record's page.
    """
    figure, (row,) = panels(len(dose.measures), width=2.9)
    places = {amount: place for place, amount in enumerate(dose.runs.values())}
    none = next(iter(dose.runs))
    for axes, (title, fields, lookup) in zip(row, dose.measures, strict=True):
        if lookup:
            baseline(axes, _figure(record, none, **lookup)[0])
        for (colour, line), (run, model) in zip(LEVELS, dose.levels.values(), strict=False):
            if record.seeds(run):
                mean = _figure(record, run, model=model, **fields)[0]
                axes.axhline(mean, color=colour, linestyle=line, linewidth=1.3, zorder=2)
        for (colour, marker), runs in zip(CONTROLS, dose.controls.values(), strict=False):
            _draw(
                axes, record, fields, places, runs, color=colour, marker=marker, mfc="white", ls=""
            )
        _draw(axes, record, fields, places, dose.runs, color=BLUE, marker="o")
        style(axes, percent=True)
        axes.set_xticks([*places.values()], [*places])
        axes.set_xlim(-0.3, len(places) - 0.7)
        axes.set_xlabel(dose.amount, color=INK)
        axes.set_title(title, color=INK, fontsize=11, pad=10)
    legend(row, _handles(dose))
    return figure


def _figure(record: Record, run: str, **fields: str) -> tuple[float, ...]:
    """The mean at the chosen layer, and the ends of its bar if there is one."""
    return record.figure(run, layer=record.chosen_layer(run, **fields), **fields)


def _draw(
    axes: Axes,
    record: Record,
    fields: Mapping[str, str],
    places: Mapping[str, int],
    runs: Mapping[str, str],
    **look: Any,
) -> None:
    drawn = {
        places[amount]: _figure(record, run, **fields)
        for run, amount in runs.items()
        if record.seeds(run)
    }
    means = [mean for mean, *_ in drawn.values()]
    bars = [[abs(end - mean) for end in ends or (mean, mean)] for mean, *ends in drawn.values()]
    axes.errorbar(
        [*drawn], means, yerr=[*zip(*bars, strict=True)] or None, capsize=2, zorder=3, **look
    )


def _handles(dose: Dose) -> list[Line2D]:
    controls = zip(dose.controls, CONTROLS, strict=False)
    levels = zip(dose.levels, LEVELS, strict=False)
    return [
        Line2D([], [], color=BLUE, marker="o", label="trained"),
        *(
            Line2D([], [], color=colour, marker=marker, mfc="white", ls="", label=title)
            for title, (colour, marker) in controls
        ),
        *(Line2D([], [], color=colour, ls=line, label=title) for title, (colour, line) in levels),
        *baseline_handles(0.0),
    ]

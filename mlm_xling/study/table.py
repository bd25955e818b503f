"""Table 1 of a study: rows by measure and place, with means over seeds and differences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.measures.permutation import holm
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.published import LANGUAGES
from mlm_xling.reports.tables import Table, number
from mlm_xling.results import RANDOM, TRAINED
from mlm_xling.study.columns import Column
from mlm_xling.study.estimates import Estimate, Place
from mlm_xling.study.ledger import Ledger

LEVEL = 0.05
MARK = "*"
"""Marks differences whose p-value, after Holm's correction, is below the level."""
LEAST = ", the least"
"""Marks p-values that could not be smaller with so few seeds."""


@dataclass(frozen=True)
class Line:
    """A row of the table, or a model that needs no training."""

    label: str
    row: str
    model: str = TRAINED


@dataclass
class Shown:
    """A table that is filled column by column."""

    header: list[str]
    rows: list[list[str]]
    links: dict[tuple[int, int], int] = field(default_factory=dict)

    def fill(self, title: str, cells: Sequence[tuple[str, int | None]]) -> None:
        """Adds a column of texts, with the lines of the ledger that document them."""
        for number_of_row, (row, (text, line)) in enumerate(zip(self.rows, cells, strict=True)):
            if line is not None:
                self.links[number_of_row, len(row)] = line
            row.append(text)
        self.header.append(title)

    def table(self) -> Table:
        """Returns the finished table."""
        return Table(self.header, self.rows, links=self.links)


@dataclass(frozen=True)
class Compared:
    """The numbers of a column, all recorded in the ledger."""

    column: Column
    baseline: str
    means: dict[tuple[Line, Place], tuple[Estimate, int]]
    """The mean of each line at each place, and its line in the ledger."""
    differences: dict[str, tuple[Estimate, int, float]]
    """Each row's difference to the baseline, its ledger line, and its Holm-corrected p-value."""


def compare(column: Column, rows: Sequence[str], baseline: str, ledger: Ledger) -> Compared:
    """Estimates everything to be shown of a column.

    Args:
      rows: rows of the study, in order.
    """
    title, means = column.measure.title, {}
    for line in lines_of(column, rows, baseline):
        for place in column.places:
            found = column.mean(line.row, place, line.model)
            if found is not None:
                entered = "mean", title, line.row, line.model, place_name(place)
                means[line, place] = found, ledger.enter(*entered, found)
    differences = _differences(column, rows, baseline, ledger)
    return Compared(column, baseline, means, differences)


def lines_of(column: Column, rows: Sequence[str], baseline: str) -> list[Line]:
    """Lists the lines of a table: rows, then untrained encoders by corpus, then baselines."""
    lines = [Line(row, row) for row in rows]
    for model in column.models:
        sharing: dict[str, list[str]] = {}
        for row in rows:
            keys = {column.key(row, place, model) for place in column.places}
            for source in {key.row for key in keys if column.scores.get(key)}:
                sharing.setdefault(source, []).append(row)
        if model != RANDOM:
            # Shown once, for the baseline's text and vocabulary: words are the same in any. NLI's
            # baselines read ids, so they differ slightly in others.
            source = next((s for s, of in sharing.items() if baseline in of), None)
            sharing = {} if source is None else {source: []}
        for source, of in sharing.items():
            name = shown_model(model)
            label = f"{name} ({', '.join(of)})" if of and len(sharing) > 1 else name
            lines.append(Line(label, source, model))
    return lines


def full_table(compared: Compared, rows: Sequence[str]) -> Table:
    """Builds a measure's table with intervals, numbers of items, differences and p-values."""
    column = compared.column
    baseline = compared.baseline
    lines = lines_of(column, rows, baseline)
    shown = Shown(["row", "seeds"], [[line.label, _seeds(compared, line)] for line in lines])
    for place in column.places:
        cells = [_mean_cell(compared, line, place, full=True) for line in lines]
        shown.fill(place_name(place), cells)
    shown.fill(f"Δ {baseline}", [_difference_cell(compared, line, full=True) for line in lines])
    shown.fill("p (Holm)", [_p_cell(compared, line) for line in lines])
    if paper := _published_differences(column.measure.evaluator):
        cells = [
            (paper.get(line.row, "–") if line.model == TRAINED else "–", None) for line in lines
        ]
        shown.fill("paper: " + " ".join(LANGUAGES) + ", Δ", cells)
    return shown.table()


def not_above_baselines(compared: Compared, rows: Sequence[str]) -> Iterator[str]:
    """Yields rows and places whose interval is not above the best of what needs no training."""
    column = compared.column
    for row in rows:
        for place in column.places:
            own, _ = compared.means.get((Line(row, row), place), (None, 0))
            beside = [(column.mean(row, place, model), model) for model in column.models]
            known = [(found.value, model) for found, model in beside if found is not None]
            if own is None or not known:
                continue
            best, model = max(known)
            if best >= (own.value if own.low is None else own.low):
                shown = number(best, column.measure.percent)
                yield f"{row} {place_name(place)} ({shown_model(model)} {shown})"


def small_table(every: Sequence[Compared], rows: Sequence[str]) -> Table:
    """Builds a table of all measures like the paper's Table 1: means and differences only."""
    lines = [Line(row, row) for row in rows]
    shown = Shown(["row"], [[row] for row in rows])
    for compared in every:
        title = compared.column.measure.heading
        for place in compared.column.places:
            cells = [_mean_cell(compared, line, place, full=False) for line in lines]
            shown.fill(f"{title} {place_name(place)}", cells)
        shown.fill(f"{title} Δ", [_difference_cell(compared, line, full=False) for line in lines])
    return shown.table()


def _differences(
    column: Column, rows: Sequence[str], baseline: str, ledger: Ledger
) -> dict[str, tuple[Estimate, int, float]]:
    places = [place for place in column.places if place.is_transfer]
    found = {
        row: difference
        for row in rows
        if row != baseline and (difference := column.difference(row, baseline, places)) is not None
    }
    corrected = holm([p for each in found.values() if (p := each.p) is not None])
    entered = {}
    for (row, each), p in zip(found.items(), corrected, strict=True):
        where = ", ".join(map(place_name, each.places))
        of = "difference", column.measure.title, row, baseline, where
        entered[row] = each, ledger.enter(*of, each, p), p
    return entered


def _seeds(compared: Compared, line: Line) -> str:
    """Formats the number of seeds, or its range if places differ."""
    counts = {found.seeds for (of, _), (found, _) in compared.means.items() if of == line}
    ends = dict.fromkeys([min(counts, default=0), max(counts, default=0)])
    return "–".join(map(str, ends))


def _mean_cell(
    compared: Compared, line: Line, place: Place, *, full: bool
) -> tuple[str, int | None]:
    if (line, place) not in compared.means:
        return "–", None
    found, entered = compared.means[line, place]
    percent = compared.column.measure.percent
    text = number(found.value, percent)
    return (f"{text} ({_ends(found, percent)}n={found.items:,})" if full else text), entered


def _difference_cell(compared: Compared, line: Line, *, full: bool) -> tuple[str, int | None]:
    if line.model != TRAINED or line.row not in compared.differences:
        return "–", None
    found, entered, p = compared.differences[line.row]
    percent = compared.column.measure.percent
    text = signed(found.value, percent) + (MARK if p < LEVEL else "")
    ends = _ends(found, percent).removesuffix("; ") if full else ""
    every = [place for place in compared.column.places if place.is_transfer]
    some = ", ".join(map(place_name, found.places)) if len(found.places) < len(every) else ""
    seeds = (
        f"common seeds: {found.seeds}"
        if full and _is_over_other_seeds(compared, line, found)
        else ""
    )
    beside = "; ".join(filter(None, (ends, some, seeds)))
    return (f"{text} ({beside})" if beside else text), entered


def _is_over_other_seeds(compared: Compared, line: Line, difference: Estimate) -> bool:
    """Returns whether the difference is over other seeds than a mean of one of its rows."""
    both = line, Line(compared.baseline, compared.baseline)
    counts = {
        mean.seeds
        for (of, place), (mean, _) in compared.means.items()
        if place in difference.places and of in both
    }
    return counts != {difference.seeds}


def _p_cell(compared: Compared, line: Line) -> tuple[str, int | None]:
    if line.model != TRAINED or line.row not in compared.differences:
        return "–", None
    found, entered, p = compared.differences[line.row]
    shown = f"{p:.3f}" if p >= 0.001 else "<0.001"
    return shown + (LEAST if found.p == found.least_p and p >= LEVEL else ""), entered


def signed(value: float, percent: bool) -> str:
    """Formats a difference with its sign."""
    return ("+" if value >= 0 else "") + number(value, percent)


def _ends(found: Estimate, percent: bool) -> str:
    if found.low is None or found.high is None:
        return ""
    return f"{number(found.low, percent)} to {number(found.high, percent)}; "


def place_name(place: Place) -> str:
    """Returns the pair, and the target if the pair has several."""
    return place.pair if place.pair.endswith(f"-{place.target}") else f"{place.pair} {place.target}"


def _published_differences(evaluator: str) -> dict[str, str]:
    """Returns the paper's numbers in percent by row: each language, and the difference."""
    published = TASKS[evaluator].published if evaluator in TASKS else {}
    return dict(_with_difference(published)) if published else {}


def _with_difference(published) -> Iterator[tuple[str, str]]:
    default = sum(published["default"]) / len(LANGUAGES)
    for row, values in published.items():
        difference = sum(values) / len(LANGUAGES) - default
        numbers = " ".join(f"{value:.1f}" for value in values)
        yield row, numbers + ("" if row == "default" else f", {difference:+.1f}")

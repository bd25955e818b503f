"""Tables of results, rendered as Markdown, HTML or for the console."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from mlm_xling.data.manifest import Manifest
from mlm_xling.evaluation.evaluators import METRICS
from mlm_xling.reports.model_names import shown_model
from mlm_xling.reports.selection import family, in_tables, level, metric_of
from mlm_xling.results import RANDOM, TRAINED, Result, chosen_layer

WITHOUT_MODEL = "without a model"


@dataclass(frozen=True)
class Table:
    """A table of text; the first column names the rows."""

    header: list[str]
    rows: list[list[str]]
    bold: frozenset[tuple[int, int]] = frozenset()
    """(row, column) of emphasised cells."""
    links: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """(row, column) -> the line of `statistics.csv` that documents the number."""
    anchored: bool = False
    """Whether the rows are those lines, as link targets on an HTML page."""

    def markdown(self) -> str:
        """Renders a pipe table, ending with a newline."""
        rule = ["---"] + ["---:"] * (len(self.header) - 1)
        body = self._written(as_markdown, "**{}**", "[{}](statistics.csv?plain=1#L{})")
        header = [as_markdown(name) for name in self.header]
        return "".join(f"| {' | '.join(row)} |\n" for row in [header, rule, *body])

    def html(self) -> str:
        """Renders a `<table>` element."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.header)
        rows = self._written(escape, "<b>{}</b>", '<a href="#L{1}">{0}</a>')
        body = "".join(
            f"<tr{self._anchor(number)}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n"
            for number, row in enumerate(rows)
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"

    def _written(self, quote: Callable[[str], str], bold: str, link: str) -> list[list[str]]:
        rows = [list(map(quote, row)) for row in self.rows]
        for i, j in self.bold:
            rows[i][j] = bold.format(rows[i][j])
        for (i, j), line in self.links.items():
            rows[i][j] = link.format(rows[i][j], line)
        return rows

    def _anchor(self, number: int) -> str:
        return f' id="L{self.rows[number][0]}"' if self.anchored else ""


def as_markdown(text: str) -> str:
    """Escapes text for Markdown, on one line, so that it is displayed literally.

    Characters that are harmless in context stay: underscores in words, brackets without links.
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


_MARKUP = re.compile(
    r"[\\`*<>|&#$]|\](?=[(\[:])|\[(?=\^)|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|^[-+=](?= |$)"
)


def anchor_table(manifest: Manifest) -> Table:
    """Builds a table with a row per language."""
    header = ["language", "sentences", "tokens", "types", "shared types", "shared tokens (%)"]
    rows = []
    for language, record in manifest.languages.items():
        anchors, train = record.anchors, record.train
        counts = (train.sentences, train.tokens, anchors.types, anchors.shared_types)
        shared = f"{100 * anchors.shared_tokens:.1f}"
        rows.append([language, *(f"{count:,}" for count in counts), shared])
    return Table(header, rows)


def perplexity_table(results: list[Result]) -> Table:
    """Builds a table of dev perplexities, with their numbers of ids and masked tokens."""
    ids = {r.source: r.value for r in results if r.metric == "dev_perplexity_ids"}
    rows = [
        [r.source, f"{r.value:,.2f}", f"{ids[r.source]:,.0f}", f"{r.n:,}", f"{r.step:,}"]
        for r in results
        if r.metric == "dev_perplexity"
    ]
    return Table(["language", "dev perplexity", "over ids", "masked tokens", "step"], rows)


def prediction_table(results: list[Result]) -> Table:
    """Builds a table of how well each model predicts a text of each language."""
    shown = [r for r in results if r.evaluator == "perplexity" and not r.metric.startswith("dev_")]
    rows = [
        [
            r.source,
            METRICS[r.metric].title,
            shown_model(r.model),
            f"{r.value:,.2f}",
            _interval(r),
            f"{r.n:,}",
        ]
        for r in shown
    ]
    return Table(["language", "measure", "model", "value", "95% interval", "sentences"], rows)


def description_table(results: list[Result]) -> Table:
    """Builds a table of a model's layer-independent sizes: its parameters and tokens."""
    shown = [result for result in results if result.evaluator == "description"]
    rows = [[_title(r), _value(r) if metric_of(r).percent else f"{r.value:,.0f}"] for r in shown]
    return Table(["of the run", "value"], rows)


def chosen_layers(results: list[Result]) -> Table:
    """Builds a table of each metric at the layer of `chosen_layer`, beside the untrained encoder's.

    Model-free scores are included where measured.
    """
    header = ["metric", "layer", "trained", "95% interval", "untrained encoder", "n", "step"]
    levels = {metric: level(results, [metric]) for metric in _metrics(results)}
    known = any(value is not None for value in levels.values())
    if known:
        header.insert(5, WITHOUT_MODEL)
    rows = []
    for metric in _metrics(results):
        trained = _chosen(results, metric, TRAINED)
        if trained is None or not metric_of(trained).chooses_layer:
            continue
        random = _chosen(results, metric, RANDOM)
        rows.append(
            [
                _title(trained),
                layer_title(trained.layer),
                _value(trained),
                _interval(trained),
                "–"
                if random is None
                else f"{_value(random)} (layer {layer_title(random.layer)}, n={random.n:,})",
                *([_level(levels[metric], trained)] if known else []),
                f"{trained.n:,}",
                f"{trained.step:,}",
            ]
        )
    return Table(header, rows)


def per_layer(results: list[Result], model: str) -> Table:
    """Builds a table of layers x metrics of one pair and model; selected layers are emphasised.

    The last row has model-free scores, where measured.
    """
    chosen = [r for r in results if r.model == model and in_tables(r.metric)]
    metrics = _metrics(chosen)
    cells = {(result.layer, result.metric): result for result in chosen}
    layers = sorted({result.layer for result in chosen}, key=lambda layer: (layer is None, layer))
    rows, bold = [], set()
    for i, layer in enumerate(layers):
        row = [cells.get((layer, metric)) for metric in metrics]
        rows.append([layer_title(layer)] + ["–" if found is None else cell(found) for found in row])
        for j, found in enumerate(row, start=1):
            if found is None or not metric_of(found).chooses_layer:
                continue
            if found == _chosen(chosen, found.metric, model):
                bold.add((i, j))
    first = [next(r for r in chosen if r.metric == metric) for metric in metrics]
    titles = list(map(_title, first))
    levels = [level(results, [metric]) for metric in metrics]
    if any(value is not None for value in levels):
        shown = [_level(*pair) for pair in zip(levels, first, strict=True)]
        rows.append([WITHOUT_MODEL, *shown])
    return Table(["layer", *titles], rows, frozenset(bold))


def _metrics(results: list[Result]) -> list[str]:
    """Lists metrics that occur, in the order of `METRICS`, then unknown ones."""
    present = dict.fromkeys(result.metric for result in results if in_tables(result.metric))
    return [m for m in METRICS if m in present] + [m for m in present if m not in METRICS]


def _chosen(results: list[Result], metric: str, model: str) -> Result | None:
    of_model = [result for result in results if result.model == model]
    layer = chosen_layer(of_model, family(metric))
    at_layer = (r for r in of_model if (r.metric, r.layer) == (metric, layer))
    return next(at_layer, None)


def _title(result: Result) -> str:
    title = metric_of(result).title.format(source=result.source, target=result.target)
    return title + (" (%)" if metric_of(result).percent else "")


def layer_title(layer: int | None) -> str:
    """Formats the name of a layer, which is 0 for the embeddings."""
    return "–" if layer is None else "embeddings" if layer == 0 else str(layer)


def cell(result: Result) -> str:
    """Formats a value with its number of items."""
    return f"{_value(result)} (n={result.n:,})"


def _value(result: Result) -> str:
    return number(result.value, metric_of(result).percent)


def _interval(result: Result) -> str:
    if result.low is None or result.high is None:
        return "–"
    percent = metric_of(result).percent
    return f"{number(result.low, percent)} to {number(result.high, percent)}"


def _level(value: float | None, beside: Result) -> str:
    return "–" if value is None else number(value, metric_of(beside).percent)


def number(value: float, percent: bool) -> str:
    """Formats a value, optionally in percent."""
    return f"{100 * value:.1f}" if percent else f"{value:.3f}"

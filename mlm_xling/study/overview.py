"""Overview of the runs: anchor points, perplexity, parameters, tokens, time."""

from collections.abc import Callable, Sequence

import numpy as np

from mlm_xling.config import Config
from mlm_xling.model.owners import describe_private
from mlm_xling.reports.tables import Table
from mlm_xling.results import TRAINED, Result
from mlm_xling.study.estimates import Estimate
from mlm_xling.study.ledger import Ledger
from mlm_xling.study.measured import EVALUATION, Run

CAPTION = (
    "Means over seeds. Parameters are those of the encoder; private ones are summed over "
    "languages. Shared tokens are the running tokens of a language whose id also occurs in the "
    "other: the anchor points. Perplexity is on held-out text, if measured during pretraining; "
    "only perplexities over the same ids are comparable. Time includes preparation and "
    "waiting, on whichever machine a run was made."
)


ROWS = (
    "What each row is, in these runs. In a joint vocabulary all languages share subwords; in a "
    "union each has its own, and equal ones share an id (anchor points); in disjoint ones no id is "
    "shared."
)


def _counted(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


COLUMNS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("shared parameters", "parameters_shared", _counted),
    ("private parameters", "parameters_private", _counted),
    ("tokens", "trained_tokens", _counted),
    ("shared types", "shared_types", _counted),
    ("shared tokens, source (%)", "shared_tokens_source", _percent),
    ("... target (%)", "shared_tokens_target", _percent),
    ("perplexity, source", "dev_perplexity source", "{:,.2f}".format),
    ("... target", "dev_perplexity target", "{:,.2f}".format),
    ("pretraining (s)", "seconds_pretrain", _counted),
    ("evaluation (s)", f"seconds_{EVALUATION}", _counted),
)
"""Title, metric, and formatting function."""


def rows_table(runs: Sequence[Run]) -> Table:
    """Builds a table of what distinguishes the rows."""
    configs = {run.cell.row: run.cell.config for run in runs}
    body = [
        [
            row,
            config.vocabulary.kind,
            describe_private(config.model).partition(": ")[2],
            _text(config),
        ]
        for row, config in configs.items()
        if config is not None
    ]
    return Table(["row", "vocabularies", "private parts", "text"], body)


def _text(config: Config) -> str:
    """Describes in what the text is not that of Default."""
    mixed = config.data.code_switching.probability
    told = (
        "another domain" if config.lab.web or config.data.sources else "",
        f"{mixed:.0%} of words replaced by their translations" if mixed else "",
        f"equal numbers of {config.data.equal_size}" if config.data.equal_size else "",
    )
    return "; ".join(filter(None, told)) or "–"


def overview_table(runs: Sequence[Run], ledger: Ledger) -> Table:
    """Builds a table with one line per row and pair."""
    places = dict.fromkeys((run.cell.row, run.cell.pair) for run in runs)
    body, links = [], {}
    for row, pair in places:
        own = [run for run in runs if (run.cell.row, run.cell.pair) == (row, pair)]
        cells = [row, pair]
        for title, metric, shown in COLUMNS:
            found = [(run, result) for run in own for result in _of(run, metric)]
            if not found:
                cells.append("–")
                continue
            value = float(np.mean([result.value for _, result in found]))
            lines = tuple(run.line(result) for run, result in found)
            estimate = Estimate(value, None, None, found[0][1].n, len(found), lines)
            links[len(body), len(cells)] = ledger.enter("mean", title, row, TRAINED, pair, estimate)
            cells.append(shown(value))
        body.append(cells)
    return Table(["row", "pair", *(title for title, *_ in COLUMNS)], body, links=links)


def _of(run: Run, metric: str) -> list[Result]:
    """Returns the results of a run for a column, for its first target."""
    name, _, side = metric.partition(" ")
    found = [r for r in run.newest if r.metric == name and r.model == TRAINED]
    if side:
        found = found[:1] if side == "source" else found[1:2]
    return found[:1]

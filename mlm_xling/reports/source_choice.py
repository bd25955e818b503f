"""Report sections on source choice: whether the most similar language is the best source."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.measures.source_choice import Choice, Scores, choose
from mlm_xling.evaluation.probes.language_similarity import DISTANCE, SPACES
from mlm_xling.reports.distances import MODELS
from mlm_xling.reports.languages import METRICS
from mlm_xling.reports.sections import Section
from mlm_xling.reports.tables import Table, layer_title
from mlm_xling.reports.transfer import is_transfer
from mlm_xling.results import TRAINED, Result

TITLE = "Choosing a source: {}"
CAPTION = (
    "The encoder was fine-tuned separately on {sources} and tested on the others. For each of "
    "{targets} targets the most similar source is chosen. 'Regret': how much better the best "
    "source is, in points; 'gain': how much better the chosen one is than {usual} as the source of "
    "all; 'rank': Spearman's correlation between similarity and score over the sources of a "
    "target. Figures are means over targets; no layer is chosen by them. For a random source the "
    "regret is {random}; for {usual}, over the {others} targets that can use it, {always}. "
    "Similarities of the untrained encoder choose a source for the trained one.{left_out}"
)
BY_DISTANCE = (
    "The nearest source is chosen instead, which needs no encoder. A distance that lacks one of "
    "these languages has no figures."
)
COLUMNS = ("regret", "gain", "rank")
SIDES = "source", "target"

Similarity = tuple[str, int, str]
"""Model, layer and space."""
Nearness = dict[frozenset[str], float]
"""Pair of languages -> similarity, or minus the distance."""


class Sources(NamedTuple):
    """The languages that a task was learnt from, and how good they are."""

    scores: Scores
    names: tuple[str, ...]
    targets: tuple[str, ...]
    usual: int
    """The default source of all targets: English, or the first language of the run."""
    left_out: tuple[str, ...]
    """Sources and targets of unknown similarity."""

    def nearest(self, near: Nearness) -> Choice:
        """Returns the value of the nearest source; NaN if one is not known to be near or far."""
        preference = np.array(
            [
                [near.get(frozenset((name, target)), np.nan) for target in self.targets]
                for name in self.names
            ]
        )
        if np.isnan(preference[np.isfinite(self.scores)]).any():
            return Choice(np.nan, np.nan, np.nan, 0)
        return choose(self.scores, preference, self.usual)

    def random(self) -> Choice:
        """Returns the value of a choice at random."""
        return choose(self.scores, np.zeros_like(self.scores), self.usual)

    def always_usual(self) -> Choice:
        """Returns the value of the usual source, for the targets that it was tested on."""
        scores = self.scores[:, np.isfinite(self.scores[self.usual])]
        preferred = np.zeros_like(scores)
        preferred[self.usual] = 1
        return choose(scores, preferred, self.usual)


def source_sections(results: Sequence[Result]) -> Iterator[Section]:
    """Yields the sections of each task that was learnt from several sources.

    Args:
      results: results of one run, from fine-tuning and language similarity.
    """
    proximity = proximities(results)
    for task in TASKS.values():
        if sources := sources_of(results, task.name):
            title = TITLE.format(task.title)
            table = _by_similarity(sources, similarities(results))
            yield Section(2, title, [], [_caption(sources)], table=table)
            if proximity:
                rows = [[name, *_cells(sources.nearest(near))] for name, near in proximity.items()]
                table = Table(["distance", *COLUMNS], rows)
                yield Section(3, f"{title}, by distance", [], [BY_DISTANCE], table=table)


def sources_of(results: Sequence[Result], task: str) -> Sources | None:
    """Collects the scores of a task, if at least two sources have a known similarity.

    Args:
      results: as for `source_sections`.
    """
    compared = [
        language for r in results if r.metric in METRICS for language in (r.source, r.target)
    ]
    scored = [r for r in results if r.evaluator == task and _is_score(r)]
    used = dict.fromkeys(language for r in scored for language in (r.source, r.target))
    scored = [r for r in scored if {r.source, r.target} <= set(compared)]
    names, targets = (tuple(dict.fromkeys(getattr(r, side) for r in scored)) for side in SIDES)
    if len(names) < 2:
        return None
    scores = np.full((len(names), len(targets)), np.nan)
    for r in scored:
        scores[names.index(r.source), targets.index(r.target)] = r.value
    usual = next(name for name in ("en", compared[0], names[0]) if name in names)
    left_out = tuple(language for language in used if language not in compared)
    return Sources(scores, names, targets, names.index(usual), left_out)


def similarities(results: Sequence[Result]) -> dict[Similarity, Nearness]:
    """Groups similarities, with those of the trained encoder and of lower layers first."""
    found: dict[Similarity, Nearness] = {}
    similar = [r for r in results if r.metric in METRICS]
    for r in sorted(similar, key=lambda r: (list(MODELS).index(r.model), r.layer)):
        by = r.model, r.layer or 0, METRICS[r.metric]
        found.setdefault(by, {})[frozenset((r.source, r.target))] = r.value
    return found


def proximities(results: Sequence[Result]) -> dict[str, Nearness]:
    """Groups distances, negated, by name."""
    found: dict[str, Nearness] = {}
    for r in results:
        if r.metric == DISTANCE:
            found.setdefault(r.model, {})[frozenset((r.source, r.target))] = -r.value
    return found


def _is_score(result: Result) -> bool:
    return (
        is_transfer(result)
        and result.model == TRAINED
        and result.setting is None
        and result.metric == TASKS[result.evaluator].selection
        and result.source != result.target
    )


def _caption(sources: Sources) -> str:
    random, always = sources.random(), sources.always_usual()
    left_out = ", ".join(sources.left_out)
    return CAPTION.format(
        left_out=f" No similarity is known of {left_out}, left out." if left_out else "",
        sources=", ".join(sources.names),
        targets=random.targets,
        usual=sources.names[sources.usual],
        random=_points(random.regret),
        always=_points(always.regret),
        others=always.targets,
    )


def _by_similarity(sources: Sources, similar: Mapping[Similarity, Nearness]) -> Table:
    """Builds a table with a row per layer and model, and columns per space."""
    measured = {space for _, _, space in similar}
    spaces = [space for space in SPACES if space in measured]
    rows = []
    for model, layer in dict.fromkeys((model, layer) for model, layer, _ in similar):
        choices = (sources.nearest(similar[model, layer, space]) for space in spaces)
        cells = [cell for choice in choices for cell in _cells(choice)]
        rows.append([f"{layer_title(layer)}, {MODELS[model]}", *cells])
    return Table(["layer", *(f"{space}: {what}" for space in spaces for what in COLUMNS)], rows)


def _cells(found: Choice) -> list[str]:
    rank = "–" if np.isnan(found.rank_correlation) else f"{found.rank_correlation:.2f}"
    return [_points(found.regret), _points(found.gain, "+"), rank]


def _points(value: float, sign: str = "") -> str:
    return "–" if np.isnan(value) else f"{100 * value:{sign}.1f}"

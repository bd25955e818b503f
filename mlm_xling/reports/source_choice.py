"""Report section on source choice: whether the most similar language is the best source."""

from collections.abc import Iterator, Sequence

import numpy as np

from mlm_xling.evaluation.evaluators import TASKS
from mlm_xling.evaluation.measures.source_choice import Choice, Scores, choose
from mlm_xling.evaluation.probes.language_similarity import NAME, SPACES
from mlm_xling.reports.distances import MODELS
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

SIDES = "source", "target"


def source_sections(results: Sequence[Result]) -> Iterator[Section]:
    """Yields a section per task that was learnt from several sources.

    Args:
      results: results of one run, from fine-tuning and language similarity.
    """
    similar = [r for r in results if r.metric in {f"{NAME}_{space}" for space in SPACES}]
    for task in TASKS.values():
        scored = [r for r in results if r.evaluator == task.name and _is_score(r)]
        if made := _section(task.title, scored, similar):
            yield made


def _is_score(result: Result) -> bool:
    return (
        is_transfer(result)
        and result.model == TRAINED
        and result.setting is None
        and result.metric == TASKS[result.evaluator].selection
        and result.source != result.target
    )


def _section(title: str, scored: Sequence[Result], similar: Sequence[Result]) -> Section | None:
    """Compares languages with known similarity, if at least two of them were sources."""
    compared = {language for r in similar for language in (r.source, r.target)}
    used = dict.fromkeys(language for r in scored for language in (r.source, r.target))
    scored = [r for r in scored if {r.source, r.target} <= compared]
    sources, targets = (tuple(dict.fromkeys(getattr(r, side) for r in scored)) for side in SIDES)
    if len(sources) < 2:
        return None
    scores = np.full((len(sources), len(targets)), np.nan)
    for r in scored:
        scores[sources.index(r.source), targets.index(r.target)] = r.value
    usual = sources.index(_usual(sources, similar[0].source))
    random = choose(scores, np.zeros_like(scores), usual)
    of_usual = scores[:, np.isfinite(scores[usual])]
    preferred = np.zeros_like(of_usual)
    preferred[usual] = 1
    always = choose(of_usual, preferred, usual)
    left_out = ", ".join(language for language in used if language not in compared)
    caption = CAPTION.format(
        left_out=f" No similarity is known of {left_out}, left out." if left_out else "",
        sources=", ".join(sources),
        targets=random.targets,
        usual=sources[usual],
        random=_points(random.regret),
        always=_points(always.regret),
        others=always.targets,
    )
    spaces = [space for space in SPACES if any(r.metric == f"{NAME}_{space}" for r in similar)]
    header = [f"{space}: {what}" for space in spaces for what in ("regret", "gain", "rank")]
    rows = []
    for (model, layer), of_spaces in _by_layer(similar).items():
        preferences = (_preference(of_spaces[space], sources, targets) for space in spaces)
        cells = [cell for one in preferences for cell in _cells(choose(scores, one, usual))]
        rows.append([f"{layer_title(layer)}, {MODELS[model]}", *cells])
    return Section(2, TITLE.format(title), [], [caption], table=Table(["layer", *header], rows))


def _usual(sources: tuple[str, ...], first: str) -> str:
    """Returns the default source: English, or the first language of the run."""
    return next((name for name in ("en", first) if name in sources), sources[0])


def _by_layer(similar: Sequence[Result]) -> dict[tuple[str, int], dict[str, list[Result]]]:
    """Groups results by model and layer, then by space, with the trained encoder first."""
    found: dict[tuple[str, int], dict[str, list[Result]]] = {}
    for r in sorted(similar, key=lambda r: (list(MODELS).index(r.model), r.layer)):
        of_layer = found.setdefault((r.model, r.layer or 0), {})
        of_layer.setdefault(r.metric.removeprefix(f"{NAME}_"), []).append(r)
    return found


def _preference(
    similar: Sequence[Result], sources: tuple[str, ...], targets: tuple[str, ...]
) -> Scores:
    """Returns the similarity of each source to each target, minus infinity to itself."""
    values = {frozenset((r.source, r.target)): r.value for r in similar}
    return np.array(
        [[values.get(frozenset((one, other)), -np.inf) for other in targets] for one in sources]
    )


def _cells(found: Choice) -> list[str]:
    rank = "–" if np.isnan(found.rank_correlation) else f"{found.rank_correlation:.2f}"
    return [_points(found.regret), _points(found.gain, "+"), rank]


def _points(value: float, sign: str = "") -> str:
    return "–" if np.isnan(value) else f"{100 * value:{sign}.1f}"

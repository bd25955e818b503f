"""The numbers of layers that decide claims: CKA, and its correlation with retrieval."""

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from mlm_xling.evaluation.measures.trials import Term
from mlm_xling.languages import split_languages
from mlm_xling.results import RANDOM, TRAINED, Result
from mlm_xling.study.estimates import Estimate, contrast
from mlm_xling.study.means import Mean, mean_term
from mlm_xling.study.measured import Run

CKA = "cka_debiased"
CORRELATION = "pearson_cka_retrieval"
MONOLINGUAL = "monolingual"
"""The row of comparisons: all those with one seed share the model of the source."""
_BySeed = Mapping[int, Mean]


class LayerEvidence:
    """Means over layers, and over the pairs of languages in which both sides were measured.

    Pairs are listed if they are not all. Intervals cover the choice of seeds. None stands for what
    was not measured.
    """

    def __init__(self, runs: Sequence[Run], pairs: Sequence[str]):
        """Initialises with the measurements and all pairs of languages of the study."""
        self._runs, self._pairs = runs, pairs

    def cka_less(self, row: str) -> Estimate | None:
        """Returns the mean CKA over layers of Default minus that of a row.

        Seeds are not paired: a model of one language has nothing in common with one of two.
        """
        own = {pair: self._cka("default", pair) for pair in self._pairs}
        other = {pair: self._cka(row, pair) for pair in self._pairs}
        both = [pair for pair in self._pairs if own[pair] and other[pair]]
        own, other = ({pair: side[pair] for pair in both} for side in (own, other))
        if row == MONOLINGUAL and not (other := _of_common_seeds(other)):
            return None
        terms = [*_terms(own), *_terms(other, -1, len(both), together=row == MONOLINGUAL)]
        return self._estimate(terms, [own, other])

    def cka_above_untrained(self, row: str) -> Estimate | None:
        """Returns the mean CKA over layers of a row minus that of its untrained encoder."""
        trained = {pair: self._cka(row, pair) for pair in self._pairs}
        untrained = {
            pair: _beside_all(self._cka(row, pair, RANDOM), of) for pair, of in trained.items()
        }
        found = _differences(trained, untrained)
        together = row == MONOLINGUAL
        found = _of_common_seeds(found) if together else found
        return self._estimate(_terms(found, together=together), [found])

    def cka_falls(self) -> Estimate | None:
        """Returns how much higher the CKA of Default is in the lower half of the layers."""
        lower = {pair: self._cka("default", pair, where=_lower) for pair in self._pairs}
        upper = {pair: self._cka("default", pair, where=_upper) for pair in self._pairs}
        found = _differences(lower, upper)
        return self._estimate(_terms(found), [found])

    def correlation(self, model: str = TRAINED) -> Estimate | None:
        """Returns Pearson's correlation of CKA and retrieval over the layers of Default.

        Its mean and interval are those of Fisher's z, whose distribution is nearly normal.
        """
        measured = {
            pair: {
                run.cell.seed: Mean.of(run, found).fisher_z()
                for run in self._runs
                if _is(run, "default", pair) and (found := _of_pair(run, CORRELATION, model))
            }
            for pair in self._pairs
        }
        found = {pair: of_pair for pair, of_pair in measured.items() if of_pair}
        estimate = self._estimate(_terms(found), [found])
        if estimate is None:
            return None
        low, high = (end if end is None else math.tanh(end) for end in estimate[1:3])
        return estimate._replace(value=math.tanh(estimate.value), low=low, high=high)

    def _cka(
        self,
        row: str,
        pair: str,
        model: str = TRAINED,
        where: "Callable[[int, int], bool]" = lambda layer, last: True,
    ) -> _BySeed:
        """Averages CKA over layers, by seed; comparisons of a pair also over its targets."""
        source, *targets = split_languages(pair)
        pairs = [f"{source}-{target}" for target in targets] if row == MONOLINGUAL else [pair]
        found = [self._cka_of(row, one, model, where) for one in pairs]
        seeds = set.intersection(*map(set, found))
        return {seed: Mean.average([of_pair[seed] for of_pair in found]) for seed in sorted(seeds)}

    def _cka_of(
        self, row: str, pair: str, model: str, where: "Callable[[int, int], bool]"
    ) -> _BySeed:
        """Averages CKA over layers, by seed; untrained encoders are those of the row's corpus."""
        corpora = {run.cell.corpus for run in self._runs if _is(run, row, pair)}
        found = {}
        for run in self._runs:
            if not (_is(run, row, pair) if model == TRAINED else run.cell.corpus in corpora):
                continue
            of_model = _of_pair(run, CKA, model)
            last = max((r.layer or 0 for r in of_model), default=0)
            shown = [r for r in of_model if r.layer is not None and where(r.layer, last)]
            if shown:
                found[run.cell.seed] = Mean.of(run, shown)
        return found

    def _estimate(
        self, terms: Sequence[Term], sides: Sequence[Mapping[str, _BySeed]]
    ) -> Estimate | None:
        """Sums terms made of means."""
        found = contrast(terms)
        every = [mean for side in sides for of_pair in side.values() for mean in of_pair.values()]
        pairs = tuple(sides[0])
        return found and found._replace(
            items=min(one.items for one in every),
            lines=tuple(itertools.chain.from_iterable(one.lines for one in every)),
            of_pairs=() if len(pairs) == len(self._pairs) else pairs,
        )


def _terms(
    found: Mapping[str, _BySeed], sign: int = 1, first: int = 0, *, together: bool = False
) -> list[Term]:
    """Weighs the means of pairs, so that they sum to their mean.

    Args:
      first: index of the trainings of the first pair.
      together: whether all pairs have models in common, so that seeds are resampled for all.
    """
    return [
        mean_term(sign / len(found), of_pair.values(), first if together else first + i)
        for i, of_pair in enumerate(found.values())
    ]


def _of_common_seeds(found: Mapping[str, _BySeed]) -> dict[str, _BySeed]:
    """Restricts pairs to the seeds that all of those with any have; to none, if there are none."""
    measured = {pair: of_pair for pair, of_pair in found.items() if of_pair}
    common = set.intersection(*map(set, measured.values())) if measured else set()
    return {
        pair: {seed: mean for seed, mean in of_pair.items() if seed in common}
        for pair, of_pair in measured.items()
        if common
    }


def _differences(own: Mapping[str, _BySeed], other: Mapping[str, _BySeed]) -> dict[str, _BySeed]:
    """Subtracts seed by seed, leaving out pairs without a seed in common."""
    found = {
        pair: {seed: one.less(other[pair][seed]) for seed, one in of.items() if seed in other[pair]}
        for pair, of in own.items()
    }
    return {pair: of_pair for pair, of_pair in found.items() if of_pair}


def _beside_all(untrained: _BySeed, seeds: Iterable[int]) -> _BySeed:
    """Repeats the one untrained encoder's mean for all seeds."""
    if len(untrained) != 1:
        return untrained
    (only,) = untrained.values()
    return dict.fromkeys(seeds, only)


def _of_pair(run: Run, metric: str, model: str = TRAINED) -> list[Result]:
    """Returns a run's results on the languages of its pair, without paraphrases of the first."""
    targets = split_languages(run.cell.pair)[1:]
    found = (r for r in run.newest if (r.metric, r.model) == (metric, model))
    return [result for result in found if result.target in targets]


def _is(run: Run, row: str, pair: str) -> bool:
    return (run.cell.row, run.cell.pair) == (row, pair)


def _lower(layer: int, last: int) -> bool:
    return layer <= last / 2


def _upper(layer: int, last: int) -> bool:
    return layer > last / 2

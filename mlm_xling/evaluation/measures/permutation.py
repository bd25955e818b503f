"""Permutation tests of differences between two rows of a study, over trainings and items.

The null hypothesis of `runs_p_value` is that the row does not affect a training's result. Then it
is exchangeable which trainings belong to which row; whole trainings, not single answers, because
all answers of a training share its luck. The null hypothesis of `items_p_value` is that these very
trainings do equally well on items like these. Then, on each item, the answers of all trainings of
one row are exchangeable with those of the other. A difference is claimed if both are rejected, so
the p-value is the larger one (an intersection-union test: Berger, 1982), which bounds the rate of
false claims whichever of the two is true. Swapping answers of single seeds and items would reject
far too often: two trainings of one row already differ by more than items explain.

Few seeds have few permutations: five per row have 252, so that no p-value is below 0.008; two pairs
of languages with five seeds have 63,504.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from mlm_xling.evaluation.measures.trials import Trials, scores, weighted_sums

SAMPLED = 1_999
"""Number of permutations of items, which are too many to enumerate."""
LISTED = 1_000_000
"""Maximum number of permutations of trainings to enumerate; else a tenth as many are sampled."""
_AT_ONCE = 500
_TIE = 1e-12

Strata = Sequence[tuple[Trials, Trials]]
"""Pairs of rows with the same seeds and items, one per place where they are tested."""
Runs = Sequence[tuple[Float64[np.ndarray, " _"], Float64[np.ndarray, " _"]]]
"""Results of the trainings of two rows, for each pair of languages."""


def trainings(strata: Strata, trained: Sequence[int]) -> Runs:
    """Sums the results of each training of both rows over all places where it was tested.

    Args:
      trained: for each stratum the number of its training, as in `trials.Term`.
    """
    of_each: dict[int, list[tuple[Trials, Trials]]] = {}
    for number, both in zip(trained, strata, strict=True):
        of_each.setdefault(number, []).append(both)
    return [
        (np.sum([a.scores for a, _ in every], axis=0), np.sum([b.scores for _, b in every], axis=0))
        for every in of_each.values()
    ]


def p_value(strata: Strata, trained: Sequence[int], seed: int = 0) -> float:
    """Returns the two-sided p-value of the mean difference over strata, for both nulls.

    Args:
      trained: as in `trainings`, which are permuted as a whole.
    """
    of_runs = runs_p_value(trainings(strata, trained), seed)
    return max(of_runs, items_p_value(strata, seed))


def runs_p_value(strata: Runs, seed: int = 0) -> float:
    """Permutes trainings: any scores of a stratum might have been those of the first row.

    Exact if trainings are independent. If those with the same seed are correlated, the test is
    conservative.
    """
    observed = abs(sum(float(row.mean() - other.mean()) for row, other in strata))
    if _count(strata) <= LISTED:
        found = np.zeros(1)
        for row, other in strata:
            found = np.add.outer(found, _relabelled(row, other)).ravel()
        return float(np.mean(np.abs(found) >= observed - _TIE))
    rng = np.random.default_rng(seed)
    found = sum(_sampled(row, other, rng) for row, other in strata)
    return _of_sample(np.abs(found), observed)


def least_p_value(strata: Runs) -> float:
    """Returns the smallest value that `p_value` can have with so many trainings.

    The opposite labels give the same difference with the other sign, where rows have equally many
    trainings; and items are sampled.
    """
    extreme = 2 if all(len(row) == len(other) for row, other in strata) else 1
    return max(extreme / _count(strata), 1 / (SAMPLED + 1))


def items_p_value(strata: Strata, seed: int = 0) -> float:
    """Swaps the answers of both rows, of all seeds together, on random halves of the items.

    Strata with equally many items are swapped alike, as their items may be translations of each
    other.
    """
    observed, found = 0.0, np.zeros(SAMPLED)
    for row, other in strata:
        items = row.numerator.shape[-1]
        rng = np.random.default_rng((seed, items))
        observed += float(row.scores.mean() - other.scores.mean())
        for start in range(0, SAMPLED, _AT_ONCE):
            some = found[start : start + _AT_ONCE]
            some += _swapped(row, other, rng.random((len(some), items)) < 0.5)
    return _of_sample(np.abs(found), abs(observed))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusts p-values for multiple testing, controlling the family-wise error rate.

    Source: Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(np.asarray(p_values)[order] * factors))
    return adjusted.tolist()


def _count(strata: Runs) -> int:
    """Returns the number of permutations of trainings."""
    return math.prod(math.comb(len(row) + len(other), len(row)) for row, other in strata)


def _relabelled(row: np.ndarray, other: np.ndarray) -> Float64[np.ndarray, " permutation"]:
    """Returns differences of means for all ways to choose the trainings of `row`."""
    everything = np.concatenate([row, other])
    chosen = list(itertools.combinations(range(len(everything)), len(row)))
    sums = everything[np.array(chosen)].sum(axis=1)
    return sums / len(row) - (everything.sum() - sums) / len(other)


def _sampled(
    row: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> Float64[np.ndarray, " permutation"]:
    everything = np.concatenate([row, other])
    shuffled = rng.permuted(np.tile(everything, (LISTED // 10, 1)), axis=1)
    return shuffled[:, : len(row)].mean(axis=1) - shuffled[:, len(row) :].mean(axis=1)


def _swapped(row: Trials, other: Trials, swap: np.ndarray) -> Float64[np.ndarray, " permutation"]:
    """Returns differences of mean scores after swapping items."""
    swap = swap.astype(np.float64)
    moved = [weighted_sums(b - a, swap) for a, b in zip(row, other, strict=True)]
    own, others = (
        scores(
            *(side.sum(axis=-1) + sign * shift for side, shift in zip(trials, moved, strict=True))
        )
        for trials, sign in ((row, 1), (other, -1))
    )
    return (own - others).mean(axis=1)


def _of_sample(found: np.ndarray, observed: float) -> float:
    """Returns the p-value of a sample of permutations, including the observed one."""
    return float((1 + np.sum(found >= observed - _TIE)) / (1 + len(found)))

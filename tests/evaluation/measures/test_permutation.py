"""Permutation tests: against SciPy and enumeration, and how often they are wrong in simulations."""

import itertools

import numpy as np
import pytest
from scipy.stats import permutation_test

from mlm_xling.evaluation.measures import permutation
from mlm_xling.evaluation.measures.permutation import (
    holm,
    items_p_value,
    least_p_value,
    p_value,
    runs_p_value,
)
from mlm_xling.evaluation.measures.trials import Trials
from tests.evaluation.measures.test_trials import made_up, trials


def difference(a, b, axis=-1):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def test_trainings_are_permuted_as_scipy_does():
    rng = np.random.default_rng(0)
    row, other = rng.normal(size=5), rng.normal(0.8, size=5)

    expected = permutation_test((row, other), difference, vectorized=True, n_resamples=1_000)

    assert runs_p_value([(row, other)]) == pytest.approx(expected.pvalue)


def test_five_seeds_a_row_have_252_permutations_and_two_pairs_their_square():
    row, other = np.arange(5) + 100.0, np.arange(5.0)

    assert runs_p_value([(row, other)]) == pytest.approx(2 / 252)
    assert runs_p_value([(row, other)] * 2) == pytest.approx(2 / 252**2)


def test_few_trainings_have_a_least_p_value():
    few, other = np.array([8.0, 9.0]), np.array([1.0, 2.0])
    more = np.array([1.0, 2.0, 3.0])

    assert runs_p_value([(few, other)]) == least_p_value([(few, other)]) == 2 / 6
    assert runs_p_value([(few, more)]) == least_p_value([(few, more)]) == 1 / 10
    assert least_p_value([(few, other)] * 9) == 1 / 2_000, "that of items, which are sampled"


def test_trainings_are_permuted_whole_with_all_places_where_they_are_tested():
    """Two targets of one model share its luck: they are not two pairs of languages."""
    hits = np.arange(100)[None] < np.array([80, 81, 82, 83, 84])[:, None]
    better, worse = (trials(some.astype(np.float64)) for some in (hits, hits[:, ::-1] * hits))
    both = [(better, worse), (better, worse)]

    assert p_value(both, [0, 0]) == pytest.approx(2 / 252)
    assert p_value(both, [0, 1]) == pytest.approx(1 / 2_000), "that of items, which are sampled"


def test_too_many_permutations_are_sampled():
    rng = np.random.default_rng(0)
    row, other = rng.normal(size=14), rng.normal(0.8, size=14)

    expected = permutation_test((row, other), difference, vectorized=True, n_resamples=20_000)

    assert runs_p_value([(row, other)]) == pytest.approx(expected.pvalue, abs=0.01)


def test_items_are_swapped_for_all_seeds_together(monkeypatch):
    monkeypatch.setattr(permutation, "SAMPLED", 20_000)
    rng = np.random.default_rng(3)
    spans = rng.integers(1, 4, size=(2, 2, 1, 8)).astype(np.float64)
    hits = np.minimum(spans, rng.integers(0, 4, size=spans.shape))
    row, other = (Trials(*sides) for sides in zip(hits, spans, strict=True))

    def value(swap):
        own, others = (
            [np.where(swap, b, a) for a, b in zip(first, second, strict=True)]
            for first, second in ((row, other), (other, row))
        )
        return (Trials(*own).scores - Trials(*others).scores).mean()

    every = [value(np.array(swap)) for swap in itertools.product([False, True], repeat=8)]
    expected = np.mean(np.abs(every) >= abs(every[0]) - 1e-12)

    assert items_p_value([(row, other)]) == pytest.approx(expected, abs=0.02)


def test_translations_of_the_items_add_nothing_to_the_evidence():
    rng = np.random.default_rng(4)
    row, other = (trials(rng.random((2, 60)) < rate) for rate in (0.6, 0.5))

    assert items_p_value([(row, other)] * 3) == items_p_value([(row, other)])


def test_a_difference_has_to_show_on_other_trainings_and_on_other_items():
    hits = np.zeros((5, 50), bool)
    on_one_item, of_one_seed = hits.copy(), hits.copy()
    on_one_item[:, 0] = True
    of_one_seed[0] = True

    assert runs_p_value([(trials(on_one_item).scores, trials(hits).scores)]) < 0.01
    assert p_value([(trials(on_one_item), trials(hits))], [0]) == 1
    assert items_p_value([(trials(of_one_seed), trials(hits))]) < 0.01
    assert p_value([(trials(of_one_seed), trials(hits))], [0]) == 1


def test_two_rows_that_are_one_are_told_apart_no_oftener_than_the_level_says(monkeypatch):
    """Trainings and items both vary; so items alone are refused far too often."""
    monkeypatch.setattr(permutation, "SAMPLED", 99)
    rng = np.random.default_rng(5)
    wrong = dict.fromkeys(("runs", "items", "both"), 0)
    studies = 250
    for _ in range(studies):
        difficulty = rng.normal(size=80)
        row, other = (made_up(rng, 4, 80, difficulty=difficulty) for _ in range(2))
        of_runs = runs_p_value([(row.scores, other.scores)])
        of_items = items_p_value([(row, other)])
        wrong["runs"] += of_runs <= 0.05
        wrong["items"] += of_items <= 0.05
        wrong["both"] += max(of_runs, of_items) <= 0.05

    # Three standard errors of a share of 0.05 of 250.
    assert wrong["runs"] / studies <= 0.05 + 0.041
    assert wrong["both"] <= wrong["runs"]
    assert wrong["items"] / studies > 0.2


def test_what_trainings_of_a_seed_share_makes_the_test_careful_not_wrong():
    rng = np.random.default_rng(6)
    wrong = 0
    for _ in range(400):
        shared = rng.normal(size=4)
        row, other = (shared + rng.normal(scale=0.5, size=4) for _ in range(2))
        wrong += runs_p_value([(row, other)]) <= 0.05

    assert wrong / 400 <= 0.05


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_the_closure_of_bonferroni(seed):
    """A claim gets the worst of Bonferroni's values over all sets of claims with it."""
    p_values = np.random.default_rng(seed).random(5) ** 3

    expected = [
        max(
            min(1, len(chosen) * min(p_values[list(chosen)]))
            for size in range(1, 6)
            for chosen in itertools.combinations(range(5), size)
            if i in chosen
        )
        for i in range(5)
    ]

    assert holm(p_values.tolist()) == pytest.approx(expected)


def test_nothing_is_adjusted_of_no_claims():
    assert holm([]) == []

"""Agreement of tables of languages, against NumPy and against all permutations by brute force."""

import itertools

import numpy as np
import pytest
from scipy import stats

from mlm_xling.evaluation.measures import matrix_correlation
from mlm_xling.evaluation.measures.matrix_correlation import mantel, per_language, without


def pearson(x, y) -> float:
    return np.corrcoef(x, y)[0, 1]


def spearman(x, y) -> float:
    return pearson(stats.rankdata(x), stats.rankdata(y))


PAIRS = {languages: list(itertools.combinations(range(languages), 2)) for languages in (4, 5, 12)}


def tables(languages, measured=3):
    rng = np.random.default_rng(languages)
    nearness = rng.normal(size=len(PAIRS[languages]))
    noise = rng.normal(size=(measured, len(nearness)))
    return nearness + noise * np.arange(measured)[:, None], nearness


def square(table, languages):
    found = np.zeros((languages, languages))
    for (a, b), value in zip(PAIRS[languages], table, strict=True):
        found[a, b] = found[b, a] = value
    return found


@pytest.mark.parametrize("languages", [4, 5])
def test_a_partial_correlation_is_computed_anew_for_each_permutation(languages):
    similarities, nearness = tables(languages)
    control = np.random.default_rng(9).normal(size=len(nearness)) + nearness

    found = mantel(similarities, nearness, languages, control=control)

    near = square(without(nearness, control), languages)
    for number, similarity in enumerate(without(similarities, control)):
        others = [
            pearson(similarity, without(near[order, :][:, order][of_pairs], control))
            for order in map(list, itertools.permutations(range(languages)))
            for of_pairs in [tuple(np.transpose(PAIRS[languages]))]
        ]
        expected = np.mean([abs(other) >= abs(others[0]) - 1e-9 for other in others])
        assert found.correlation[number] == pytest.approx(others[0])
        assert found.p_value[number] == pytest.approx(expected)


@pytest.mark.parametrize("languages", [4, 5])
def test_mantel_is_the_share_of_all_permutations_that_correlate_as_strongly(languages):
    similarities, nearness = tables(languages)

    found = mantel(similarities, nearness, languages)

    near = square(nearness, languages)
    for number, similarity in enumerate(similarities):
        observed = pearson(similarity, nearness)
        others = [
            pearson(similarity, [near[order[a], order[b]] for a, b in PAIRS[languages]])
            for order in itertools.permutations(range(languages))
        ]
        expected = np.mean([abs(other) >= abs(observed) - 1e-9 for other in others])
        assert found.correlation[number] == pytest.approx(observed)
        assert found.p_value[number] == pytest.approx(expected)


def test_a_sample_of_permutations_agrees_with_all_of_them(monkeypatch):
    similarities, nearness = tables(5)
    everything = mantel(similarities, nearness, 5).p_value
    monkeypatch.setattr(matrix_correlation, "LISTED", 4)

    assert mantel(similarities, nearness, 5).p_value == pytest.approx(everything, abs=0.03)


def test_equal_tables_of_many_languages_are_no_chance():
    _, nearness = tables(12)

    found = mantel(nearness[None], nearness, 12)

    assert found.correlation == pytest.approx([1.0])
    assert found.p_value == pytest.approx([1 / 2_000])


def test_correlations_of_a_language_at_a_time_are_numpys_averaged():
    similarities, nearness = tables(5)
    near, found = square(nearness, 5), per_language(similarities, nearness, 5)

    for number, similarity in enumerate(similarities):
        table = square(similarity, 5)
        for correlate, mean in ((pearson, found.pearson), (spearman, found.spearman)):
            of_each = [correlate(np.delete(table[i], i), np.delete(near[i], i)) for i in range(5)]
            assert mean[number] == pytest.approx(np.mean(of_each))


def test_what_does_not_vary_correlates_with_nothing():
    similarities, nearness = tables(5)

    assert np.isnan(per_language(similarities, np.ones_like(nearness), 5).pearson).all()
    assert np.isnan(mantel(similarities, np.ones_like(nearness), 5)).all()
    similarities[1] = 0.5
    found = mantel(similarities, nearness, 5)
    assert np.isnan(found).tolist() == [[False, True, False]] * 2


def test_what_a_third_table_explains_wholly_has_no_rest():
    """Rounding would correlate with anything, once it is scaled up."""
    similarities, control = tables(5)

    rest = without(0.1 + 0.3 * control, control)

    assert np.isnan(mantel(similarities, rest, 5)).all()


def test_rests_correlate_as_the_formula_of_partial_correlation_says():
    (x, z, _), y = tables(12)
    x = x + z + np.random.default_rng(0).normal(size=len(y))
    xy, xz, yz = (pearson(*both) for both in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))

    assert pearson(without(x, z), without(y, z)) == pytest.approx(expected)

"""Similarity of languages: the mean cosine of translations, against its definition by loops."""

import itertools

import numpy as np
import pytest

from mlm_xling.evaluation.measures import language_similarity
from mlm_xling.evaluation.measures.language_similarity import similarities, spaces

LANGUAGES, SENTENCES, WIDTH = 4, 30, 5
PAIRS = list(itertools.combinations(range(LANGUAGES), 2))


@pytest.fixture
def languages():
    """Vectors of the same sentences in each language, around a mean that is far away."""
    rng = np.random.default_rng(0)
    meaning, own = rng.normal(size=(SENTENCES, WIDTH)), rng.normal(size=(LANGUAGES, 1, WIDTH))
    noise = rng.normal(size=(LANGUAGES, SENTENCES, WIDTH))
    return list((meaning + 3 * own + 0.5 * noise).astype(np.float32))


def cosine(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    return sum(a * b for a, b in zip(x, y, strict=True)) / np.sqrt((x * x).sum() * (y * y).sum())


def test_it_is_the_mean_cosine_of_translations(languages):
    expected = [
        np.mean([cosine(languages[a][i], languages[b][i]) for i in range(SENTENCES)])
        for a, b in PAIRS
    ]

    assert similarities(languages).value == pytest.approx(expected, abs=1e-12)


def test_permuted_it_is_the_mean_over_all_wrong_partners(languages):
    wrong = list(itertools.permutations(range(SENTENCES), 2))
    expected = [
        np.mean([cosine(languages[a][i], languages[b][j]) for i, j in wrong]) for a, b in PAIRS
    ]

    assert similarities(languages).permuted == pytest.approx(expected, abs=1e-12)


def test_sentences_taken_some_at_a_time_give_the_same(languages, monkeypatch):
    at_once = similarities(languages, resamples=20)
    monkeypatch.setattr(language_similarity, "BLOCK", 7 * LANGUAGES * (LANGUAGES + WIDTH))

    for some, all_of_them in zip(similarities(languages, resamples=20), at_once, strict=True):
        assert some == pytest.approx(all_of_them, abs=1e-12)


def test_the_interval_resamples_sentences(languages):
    found = similarities(languages, resamples=4_000)
    of_pair = [cosine(languages[0][i], languages[1][i]) for i in range(SENTENCES)]
    error = np.std(of_pair) / np.sqrt(SENTENCES)

    assert found.value[0] - found.low[0] == pytest.approx(1.96 * error, rel=0.15)
    assert found.high[0] - found.value[0] == pytest.approx(1.96 * error, rel=0.15)


def test_centring_and_standardising_use_other_sentences(languages):
    other = [rows + 1 for rows in languages]
    deviation = np.sqrt(np.mean([rows.var(axis=0) for rows in languages], axis=0))

    found = spaces(languages, other)

    for name, divisor in (("centred", 1.0), ("standardised", deviation)):
        for rows, fit, given in zip(found[name], other, languages, strict=True):
            assert rows == pytest.approx((given - fit.mean(axis=0)) / divisor, abs=1e-4)


def test_without_other_sentences_nothing_is_centred(languages):
    assert list(spaces(languages, [rows[:0] for rows in languages])) == ["raw"]


def test_where_nothing_varies_there_is_no_similarity():
    same = [np.full((6, 3), 2.0, np.float32)] * 2
    found = spaces(same, same)

    assert similarities(found["centred"]).value == pytest.approx([0.0])
    assert similarities(found["standardised"]).value == pytest.approx([0.0])

"""Evaluators on an encoder that only looks up embeddings."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config, fingerprint
from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import Subject, check_evaluators, evaluate
from mlm_xling.evaluation.parallel_rows import ParallelRows
from mlm_xling.evaluation.results import PROBING
from mlm_xling.vocabulary import SPECIALS, Vocabulary

LANGUAGES = ("en", "fr", "de")
LAYERS = 2
WIDTH = 8


class Letters(Vocabulary):
    """An id for each letter; notes what it is asked."""

    def __init__(self):
        self.size = SPECIALS + 26
        self.calls = []

    def encode(self, sentences, language):
        self.calls.append((language, len(sentences)))
        return [[SPECIALS + ord(letter) - ord("a") for letter in line] for line in sentences]


class Lookup(nnx.Module):
    """Embeddings that each layer scales a little more unevenly."""

    def __init__(self, size):
        self.table = nnx.Param(np.random.default_rng(0).normal(size=(size, WIDTH)).astype("f4"))

    def __call__(self, input_ids, padding_mask, language):
        embedded = self.table[...][input_ids]
        return tuple(embedded * jnp.arange(1, WIDTH + 1) ** layer for layer in range(LAYERS + 1))


def words(count, shift):
    """Made-up words; those of one `shift` are a cipher of those of another."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(letters[(i * k + shift) % 26] for k in range(1, 6)) for i in range(count)]


@pytest.fixture
def config():
    config = Config(languages=LANGUAGES)
    config.training.length = 16
    return config


@pytest.fixture
def subject(config):
    shifts = dict(zip(LANGUAGES, (0, 0, 3), strict=True))
    rows = ParallelRows(
        test={name: words(10, shift) for name, shift in shifts.items()},
        fit={name: words(26, shift)[10:] for name, shift in shifts.items()},
        seen={"en": [True] + [False] * 9, "fr": [False] * 10, "de": [True] * 10},
    )
    vocabulary = Letters()
    return Subject(
        Lookup(vocabulary.size), vocabulary, config, rows, model="random", step=5, seed=7
    )


@pytest.fixture
def results(subject):
    return evaluate(["cka", "retrieval"], subject)


def test_every_pair_layer_and_metric_is_measured_once(results):
    measured = [(r.target, r.layer, r.metric) for r in results]

    expected = {(t, i, m) for t in ("fr", "de") for i in range(LAYERS + 1) for m in PROBING}
    assert set(measured) == expected
    assert len(measured) == len(expected)


def test_results_say_what_they_were_measured_on(results, config):
    assert {(r.source, r.model, r.n) for r in results} == {("en", "random", 10)}
    assert {(r.step, r.seed, r.config) for r in results} == {(5, 7, fingerprint(config))}
    assert {r.seen for r in results if r.target == "fr"} == {0.1}
    assert {r.seen for r in results if r.target == "de"} == {1.0}


def test_equal_languages_are_found_perfectly(results):
    same = {r.metric: r.value for r in results if r.target == "fr" and r.layer == LAYERS}

    assert same.pop("cka_permuted") < 0.9
    assert same == pytest.approx(dict.fromkeys(same, 1.0))


def test_proportions_have_intervals_around_them(results):
    for result in results:
        if result.evaluator == "retrieval":
            assert 0 <= result.low <= result.value <= result.high <= 1
        else:
            assert result.low is result.high is None


def test_each_language_and_split_is_encoded_once_for_all_evaluators(subject):
    evaluate(["cka", "retrieval", "cka"], subject)

    assert sorted(subject.vocabulary.calls) == sorted(
        (name, count) for name in LANGUAGES for count in (10, 16)
    )


def test_an_unknown_evaluator_is_told_with_the_known_ones():
    with pytest.raises(InputError, match="unknown evaluator 'ckaa'; known are cka, retrieval"):
        check_evaluators(["cka", "ckaa"])

"""Each two languages of an encoder, on the same sentences."""

import copy
import itertools

import numpy as np
import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.evaluators import find_evaluators, measure
from mlm_xling.evaluation.inputs.language_distances import given_distances
from mlm_xling.evaluation.inputs.languages_side_by_side import languages_side_by_side
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, parallel_rows
from mlm_xling.evaluation.measures.procrustes import unit
from mlm_xling.evaluation.subject import Subject
from tests.evaluation.test_evaluators import LANGUAGES, LAYERS, config, frozen, words

__all__ = ["config"]


@pytest.fixture(scope="module")
def inputs(config):
    shifts = {"en": 0, "fr": 1, "de": 3, "en'": 5}
    rows = ParallelRows(
        test={name: words(10, shift) for name, shift in shifts.items()},
        fit={name: words(26, shift)[10:] for name, shift in shifts.items()},
        seen={name: [name == "de"] * 10 for name in shifts},
    )
    model = frozen(config).pretrained
    return Inputs(model, model, {parallel_rows: rows})


@pytest.fixture(scope="module")
def results(config, inputs):
    model = frozen(config)
    return measure(find_evaluators(["language_similarity"]), Subject(model, model, inputs))


def test_each_two_languages_are_measured_once_and_paraphrases_are_no_language(results):
    metrics = [
        f"language_similarity_{space}{suffix}"
        for space in ("raw", "centred", "standardised")
        for suffix in ("", "_permuted")
    ]
    expected = itertools.product(metrics, itertools.combinations(LANGUAGES, 2), range(LAYERS + 1))

    measured = [(r.metric, (r.source, r.target), r.layer) for r in results]

    assert sorted(measured) == sorted(expected)


def test_the_raw_value_is_the_mean_cosine_of_translations(results, config, inputs):
    rows, model = inputs[parallel_rows].test, frozen(config)
    fr, de = (unit(model.represent(rows[name], name)[1]) for name in ("fr", "de"))

    (found,) = [
        r for r in results if (r.metric, r.source, r.layer) == ("language_similarity_raw", "fr", 1)
    ]

    assert found.value == pytest.approx(np.mean(np.sum(fr * de, axis=1)), abs=1e-6)
    assert found.low < found.value < found.high
    assert (found.n, found.seen) == (10, 1.0)


def test_a_layer_can_be_chosen_on_sentences_that_are_not_scored(results):
    chosen = {r.metric for r in results if r.choice is not None}

    assert chosen == {
        f"language_similarity_{space}" for space in ("raw", "centred", "standardised")
    }


def test_sentences_are_encoded_once_for_all_pairs_and_evaluators(config, inputs):
    model = frozen(config)

    measure(find_evaluators(["language_similarity", "similarity"]), Subject(model, model, inputs))

    calls = model.pretrained.vocabulary.calls  # pyright: ignore[reportAttributeAccessIssue]
    assert len(calls) == 2 * len((*LANGUAGES, "en'"))


FOUR = ("en", "fr", "de", "ru")
TABLE = "\ten\tfr\tde\tru\nen\t0\t1\t2\t3\nfr\t1\t0\t2\t4\nde\t2\t2\t0\t5\nru\t3\t4\t5\t0\n"


@pytest.fixture
def four(config, tmp_path):
    """Four languages, and a table that knows them."""

    def made(table=TABLE, name="syntactic.tsv"):
        (tmp_path / name).write_text(table)
        changed = copy.deepcopy(config)
        changed.languages = FOUR
        changed.evaluation.distances = (str(tmp_path / name),)
        test, fit = (
            {name: words(26, shift)[part] for shift, name in enumerate(FOUR)}
            for part in (slice(10), slice(10, None))
        )
        rows = ParallelRows(test, fit)
        model = frozen(changed)
        inputs = Inputs(model.pretrained, model.pretrained, {parallel_rows: rows})
        return Subject(model, model, inputs)

    return made


def test_similarity_is_correlated_with_nearness_at_every_layer(four):
    results = measure(find_evaluators(["language_similarity"]), four())

    of = {(r.source, r.target, r.metric, r.layer): r for r in results}
    similar = [
        of[one, other, "language_similarity_raw", 1].value
        for one, other in itertools.combinations(FOUR, 2)
    ]
    found = of["raw", "syntactic", "distance_mantel", 1]
    assert found.value == pytest.approx(-np.corrcoef(similar, [1, 2, 3, 2, 4, 5])[0, 1])
    assert found.n == 6
    assert of["raw", "lexical", "distance_pearson", 0].n == 4
    assert of["raw", "syntactic", "distance_mantel_p", 1].value in np.arange(1, 25) / 24


def test_the_distances_of_each_pair_are_kept_once_for_all_models(four):
    subject, untrained = four(), four()
    untrained.baselines = False

    results, again = (
        measure(find_evaluators(["language_similarity"]), s) for s in (subject, untrained)
    )

    distances = {(r.model, r.source, r.target): r.value for r in results if r.metric == "distance"}
    pairs = list(itertools.combinations(FOUR, 2))
    assert [distances["syntactic", *pair] for pair in pairs] == [1, 2, 3, 2, 4, 5]
    assert set(distances) == {
        (name, *pair) for name in ("lexical", "subwords", "syntactic") for pair in pairs
    }
    assert not [r for r in again if r.metric == "distance"]


def test_languages_that_a_table_lacks_are_named_and_too_few_are_not_correlated(four):
    subject = four("\ten\tfr\tde\nen\t0\t1\t2\nfr\t1\t0\t2\nde\t2\t2\t0\n")

    assert subject.inputs[given_distances] == {}
    assert "does not know ru; left out there" in subject.inputs.warnings[0]
    assert "need at least 4 languages" in subject.inputs.warnings[1]


def test_a_table_may_not_be_called_like_what_is_computed(four):
    with pytest.raises(InputError, match="there is a distance 'lexical'; name it otherwise"):
        four(name="lexical.tsv").inputs[given_distances]


def test_between_two_encoders_nothing_is_measured_and_a_line_says_so(config, inputs):
    one, other = frozen(config).pretrained, frozen(config).pretrained
    two = Inputs(one, other, {parallel_rows: inputs[parallel_rows]})

    assert two[languages_side_by_side] == ()
    assert "compares vectors of one encoder" in two.warnings[0]

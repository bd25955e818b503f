"""Evaluators on an encoder that only looks up embeddings."""

import copy

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from mlm_xling.config import Config
from mlm_xling.config.stored import fingerprint
from mlm_xling.evaluation.evaluators import EVALUATORS, find_evaluators, measure
from mlm_xling.evaluation.inputs.loading import Inputs
from mlm_xling.evaluation.inputs.parallel_rows import ParallelRows, parallel_rows
from mlm_xling.evaluation.inputs.retrieval_rows import retrieval_rows
from mlm_xling.evaluation.measures.procrustes import unit
from mlm_xling.evaluation.probes.cka import LAYER_PAIR
from mlm_xling.evaluation.subject import FrozenEncoder, Subject
from mlm_xling.model.pretrained import Pretrained
from mlm_xling.reports.selection import in_tables
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

    def __init__(self, size, width):
        self.table = nnx.Param(np.random.default_rng(0).normal(size=(size, width)).astype("f4"))

    def __call__(self, input_ids, padding_mask, language):
        embedded = self.table[...][input_ids]
        scales = jnp.arange(1, embedded.shape[-1] + 1)
        return tuple(embedded * scales**layer for layer in range(LAYERS + 1))


def words(count, shift):
    """Made-up words; those of one `shift` are a cipher of those of another."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(letters[(i * k + shift) % 26] for k in range(1, 6)) for i in range(count)]


@pytest.fixture(scope="module")
def config():
    config = Config(languages=LANGUAGES)
    config.training.length = 16
    config.evaluation.shrunk_maps = True
    return config


@pytest.fixture(scope="module")
def inputs(config):
    shifts = dict(zip(LANGUAGES, (0, 0, 3), strict=True))
    rows = ParallelRows(
        test={name: words(10, shift) for name, shift in shifts.items()},
        fit={name: words(26, shift)[10:] for name, shift in shifts.items()},
        seen={"en": [True] + [False] * 9, "fr": [False] * 10, "de": [True] * 10},
    )
    model = frozen(config).pretrained
    given = {parallel_rows: rows, retrieval_rows: dict.fromkeys(rows.targets, rows)}
    return Inputs(model, model, given)


def frozen(config, width=WIDTH):
    vocabulary = Letters()
    model = Pretrained(config, vocabulary, Lookup(vocabulary.size, width), 5, None)
    return FrozenEncoder(model)


@pytest.fixture(scope="module")
def subject(config, inputs):
    model = frozen(config)
    return Subject(model, model, inputs, model="random", seed=7, baselines=False)


@pytest.fixture(scope="module")
def results(subject):
    return evaluate(["cka", "similarity", "retrieval"], subject)


def evaluate(names, subject):
    return measure(find_evaluators(names), subject)


def test_every_pair_layer_and_metric_is_measured_once(results):
    tables = [r for r in results if in_tables(r.metric) and r.layer is not None]
    measured = [(r.target, r.layer, r.metric) for r in tables if "dominant" not in r.metric]

    evaluators = [EVALUATORS[name] for name in ("cka", "similarity", "retrieval")]
    metrics = [
        metric
        for evaluator in evaluators
        for metric in evaluator.metrics
        if "dominant" not in metric and not metric.startswith(("lexical", "spelling"))
    ]
    expected = {(t, i, m) for t in ("fr", "de") for i in range(LAYERS + 1) for m in metrics}
    assert set(measured) == expected
    assert len(measured) == len(expected)


def test_layers_are_chosen_by_the_same_measure_on_the_pairs_that_fit_maps(config, inputs, results):
    rows, one = inputs[parallel_rows], frozen(config)
    half = {name: (words[8:], words[:8]) for name, words in rows.fit.items()}
    others = ParallelRows(*({name: of[i] for name, of in half.items()} for i in (0, 1)))
    given = {parallel_rows: others, retrieval_rows: dict.fromkeys(rows.targets, others)}
    subject = Subject(one, one, Inputs(one.pretrained, one.pretrained, given))

    on_others = {
        (r.metric, r.target, r.layer): r.value
        for r in evaluate(["cka", "similarity", "retrieval"], subject)
    }

    choices = {(r.metric, r.target, r.layer): r.choice for r in results if r.choice is not None}
    assert {"cka", "svcca", "p@1_raw_forward", "p@1_procrustes_shrunk_backward"} <= {
        metric for metric, *_ in choices
    }
    for what, choice in choices.items():
        assert choice == pytest.approx(on_others[what]), what


def test_every_layer_is_compared_with_every_other(results):
    pairs = [r for r in results if r.metric.startswith(LAYER_PAIR) and r.target == "de"]

    assert {(r.layer, int(r.metric.removeprefix(LAYER_PAIR))) for r in pairs} == {
        (i, j) for i in range(LAYERS + 1) for j in range(LAYERS + 1)
    }
    own = {r.layer: r.value for r in results if r.metric == "cka_debiased" and r.target == "de"}
    for result in pairs:
        if result.metric == f"{LAYER_PAIR}{result.layer}":
            assert result.value == pytest.approx(own[result.layer])


def test_dominant_dimensions_are_left_out_where_there_are_any(config, inputs):
    wide = frozen(config, width=64)

    results = evaluate(["cka"], Subject(wide, wide, inputs))

    shares = {(r.target, r.layer): r.value for r in results if r.metric == "top_variance_share"}
    without = {(r.target, r.layer) for r in results if r.metric == "cka_without_dominant"}

    assert without == {place for place, share in shares.items() if share > 0.1}
    assert 0 < len(without) < len(shares)
    assert shares["fr", LAYERS] > shares["fr", 0]


def test_during_training_intervals_and_layer_pairs_are_left_out(config, inputs):
    model = frozen(config)

    results = evaluate(["cka", "retrieval"], Subject(model, model, inputs, brief=True))

    assert all(in_tables(result.metric) for result in results)
    assert {result.low for result in results if result.evaluator == "cka"} == {None}


def test_two_encoders_are_compared_through_a_map_alone(config, inputs):
    one, other = frozen(config), frozen(config)

    results = evaluate(["similarity", "retrieval"], Subject(one, other, inputs))

    metrics = {result.metric for result in results}
    assert {"anc", "p@1_raw_forward", "p@1_centred_forward"}.isdisjoint(metrics)
    assert {"svcca", "p@1_procrustes_forward"} <= metrics


def test_what_strings_alone_find_is_measured_beside_one_encoder_if_asked_for(config, inputs):
    one = frozen(config)

    trained, random = (
        evaluate(["retrieval"], Subject(one, one, inputs, baselines=baselines))
        for baselines in (True, False)
    )

    names = ("lexical", "spelling")
    found = {(r.target, r.metric): r for r in trained if r.model in names}
    assert len(found) == 8  # two baselines, two targets, two directions
    assert not any(r.model in names for r in random)
    assert {(r.layer, r.step, r.n) for r in found.values()} == {(None, 0, 10)}
    assert {found["fr", f"{name}_p@1_forward"].value for name in names} == {1}  # the same words
    assert found["de", "lexical_p@1_forward"].value == 0  # a cipher of them


def test_what_each_pair_adds_to_retrieval_is_kept(config, inputs):
    one = frozen(config)
    subject = Subject(one, one, inputs)

    results = evaluate(["retrieval"], subject)

    kept = {outcome.result: outcome for outcome in subject.outcomes}
    assert set(kept) == {result for result in results if in_tables(result.metric)}
    assert all(kept[result].value == result.value for result in kept)
    assert len({outcome.items for outcome in kept.values()}) == 2, "of two targets"


def test_sentences_are_shown_with_their_nearest_by_cosine(config, inputs):
    one = frozen(config)
    subject = Subject(one, one, inputs)

    results = evaluate(["retrieval"], subject)

    _, cipher = subject.examples
    assert cipher.result in results
    assert (cipher.result.metric, cipher.result.target) == ("p@1_raw_forward", "de")
    rows = inputs[parallel_rows].test
    x, y = (one.represent(rows[name], name)[cipher.result.layer] for name in ("en", "de"))
    cosines = unit(x) @ unit(y).T
    for lookup in cipher.chosen:
        row = rows["en"].index(lookup.text)
        expected = np.argsort(-cosines[row])[:5]
        assert [one.text for one in lookup.found] == [rows["de"][i] for i in expected]
        assert [one.cosine for one in lookup.found] == pytest.approx(
            cosines[row, expected], abs=1e-4
        )
        assert [one.text for one in lookup.answers] == [rows["de"][row]]
    assert cipher.mistakes


@pytest.mark.parametrize("options", [{"brief": True}, {"model": "random"}])
def test_sentences_are_shown_of_a_model_that_is_trained(config, inputs, options):
    one = frozen(config)
    subject = Subject(one, one, inputs, **options)

    evaluate(["retrieval"], subject)

    assert subject.examples == []


def test_shrunk_maps_are_fitted_if_asked_for(config, inputs):
    plain = copy.deepcopy(config)
    plain.evaluation.shrunk_maps = False
    one = frozen(plain)

    metrics = {r.metric for r in evaluate(["retrieval"], Subject(one, one, inputs))}

    assert "p@1_procrustes_forward" in metrics
    assert not any("shrunk" in metric for metric in metrics)


def test_cka_and_retrieval_are_correlated_over_layers(results):
    """Not for French, which is found perfectly at every layer."""
    cka, forward, backward = (
        [r.value for r in results if (r.target, r.metric) == ("de", metric)]
        for metric in ("cka", "p@1_procrustes_forward", "p@1_procrustes_backward")
    )

    (found,) = (r for r in results if r.metric == "pearson_cka_retrieval")

    assert (found.target, found.layer, found.n) == ("de", None, LAYERS + 1)
    assert found.value == pytest.approx(np.corrcoef(cka, np.add(forward, backward))[0, 1])


def test_results_say_what_they_were_measured_on(results, config):
    of_layers = [result for result in results if result.layer is not None]
    assert {(r.source, r.model, r.n) for r in of_layers} == {("en", "random", 10)}
    assert {(r.step, r.seed, r.config) for r in results} == {(5, 7, fingerprint(config))}
    assert {r.seen for r in results if r.target == "fr"} == {0.1}
    assert {r.seen for r in results if r.target == "de"} == {1.0}


def test_equal_languages_are_found_perfectly(results):
    same = {
        r.metric: r.value
        for r in results
        if r.target == "fr" and r.layer == LAYERS and in_tables(r.metric)
    }

    permuted = {name: same.pop(name) for name in list(same) if name.endswith("_permuted")}
    assert all(value < 0.9 for value in permuted.values())
    assert same.pop("top_variance_share") < 1
    assert same == pytest.approx(dict.fromkeys(same, 1.0))


def test_intervals_lie_around_the_values(results):
    with_interval = [r for r in results if r.low is not None and r.high is not None]

    assert {"cka", "retrieval"} <= {result.evaluator for result in with_interval}
    for result in with_interval:
        assert result.low <= result.value <= result.high <= 1 + 1e-9


def test_each_language_and_split_is_encoded_once_for_all_evaluators(results, subject):
    evaluate(["cka", "retrieval", "cka"], subject)

    assert sorted(subject.source.pretrained.vocabulary.calls) == sorted(
        (name, count) for name in LANGUAGES for count in (10, 16)
    )

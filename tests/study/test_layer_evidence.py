"""What is told of layers: CKA and its correlation with retrieval, over seeds and pairs."""

from dataclasses import replace

import numpy as np
import pytest
import scipy

from mlm_xling.study.layer_evidence import CKA, CORRELATION, LayerEvidence
from tests.study.made_up import cka_run, cka_runs, result, run


def test_a_single_monolingual_training_decides_nothing():
    runs = [
        one
        for one in cka_runs()
        if (one.cell.row, one.cell.seed) not in {("monolingual", 1), ("monolingual", 2)}
    ]

    found = LayerEvidence(runs, ["a-b"]).cka_less("monolingual")

    assert found is not None
    assert found.seeds == 1
    assert found.low is None


def test_trainings_of_one_language_and_of_two_are_compared_unpaired_as_welch_does():
    apart = {"default": (0.70, 0.74, 0.69), "monolingual": (0.52, 0.56)}
    runs = [
        run(row, seed, [result(CKA, value, layer=0, evaluator="cka", seed=seed)], corpus=row)
        for row, values in apart.items()
        for seed, value in enumerate(values)
    ]

    found = LayerEvidence(runs, ["a-b"]).cka_less("monolingual")

    welch = scipy.stats.ttest_ind(*apart.values(), equal_var=False).confidence_interval(0.95)
    assert found is not None
    assert found.value == pytest.approx(0.17)
    assert (found.low, found.high) == pytest.approx(tuple(welch), abs=0.01)


def cka_of(row: str, pair: str, by_seed, untrained: float | None = None):
    """The runs of a pair with one layer, whose untrained encoder is that of the first seed."""
    found = []
    for seed, value in enumerate(by_seed):
        shown = {"layer": 0, "evaluator": "cka", "seed": seed, "target": pair[-1]}
        results = [result(CKA, value, **shown)]
        if untrained is not None and seed == 0:
            results.append(result(CKA, untrained, model="random", **shown))
        found.append(run(row, seed, results, pair=pair, corpus=f"{row} {pair}"))
    return found


def test_models_of_the_source_that_all_pairs_are_compared_with_are_trainings_of_one_kind():
    runs = cka_of("monolingual", "a-b", (0.47, 0.50), 0.2)
    runs += cka_of("monolingual", "a-d", (0.45, 0.46, 0.99), 0.2)
    runs += cka_of("default", "a-b", (0.8, 0.8)) + cka_of("default", "a-d", (0.8, 0.8))
    evidence = LayerEvidence(runs, ["a-b", "a-d"])

    above, less = evidence.cka_above_untrained("monolingual"), evidence.cka_less("monolingual")

    of_seeds = np.mean([(0.47, 0.50), (0.45, 0.46)], axis=0)  # a-b has no third seed.
    student = scipy.stats.ttest_1samp(of_seeds, 0).confidence_interval(0.95)
    assert above is not None
    assert less is not None
    assert (above.low, above.high) == pytest.approx(np.array(student) - 0.2, abs=0.01)
    assert (less.low, less.high) == pytest.approx(0.8 - np.array(student)[::-1], abs=0.01)


def test_monolingual_trainings_of_no_seed_in_common_are_not_taken_for_nothing():
    runs = cka_of("monolingual", "a-b", (0.9,)) + cka_of("monolingual", "a-d", (0.9, 0.9))[1:]
    runs += cka_of("default", "a-b", (0.5, 0.52)) + cka_of("default", "a-d", (0.4, 0.42))

    assert LayerEvidence(runs, ["a-b", "a-d"]).cka_less("monolingual") is None


def test_one_model_of_three_languages_is_compared_with_monolingual_models_of_all():
    bilingual = cka_of("default", "a-d", (0.8, 0.7))
    runs = [replace(one, cell=replace(one.cell, pair="a-b-d")) for one in bilingual]
    compared = cka_of("monolingual", "a-b", (0.4, 0.5), 0.1)
    both = [*compared, *cka_of("monolingual", "a-d", (0.2, 0.3), 0.1)]

    found = LayerEvidence([*runs, *both], ["a-b-d"])

    less, above = found.cka_less("monolingual"), found.cka_above_untrained("monolingual")
    assert less is not None
    assert above is not None
    assert (less.value, above.value) == pytest.approx((0.75 - 0.35, 0.25))
    assert LayerEvidence([*runs, *compared], ["a-b-d"]).cka_less("monolingual") is None


def test_a_correlation_has_an_interval_of_correlations():
    runs = [
        run("default", seed, [result(CORRELATION, r, evaluator="correlation", seed=seed)])
        for seed, r in enumerate((-0.6, 0.9, 0.2))
    ]

    found = LayerEvidence(runs, ["a-b"]).correlation()

    assert found is not None
    assert found.value == pytest.approx(np.tanh(np.mean(np.arctanh([-0.6, 0.9, 0.2]))))
    assert found.low is not None
    assert found.high is not None
    assert -1 < found.low < found.value < found.high < 1


def test_paraphrases_of_the_first_language_are_no_evidence_of_another():
    def with_paraphrases(one):
        more = [replace(r, target="a'", value=0.99) for r in one.results if r.model == "trained"]
        return replace(one, results=[*one.results, *more])

    runs = cka_runs(bilingual=(0.5, 0.4, 0.3, 0.2))
    beside = [with_paraphrases(one) if one.cell.row == "default" else one for one in runs]

    def numbers(runs):
        evidence = LayerEvidence(runs, ["a-b"])
        asked = evidence.cka_less("monolingual"), evidence.cka_falls(), evidence.correlation()
        return [one and one._replace(lines=()) for one in asked]

    assert numbers(beside) == numbers(runs)


def test_several_targets_of_a_training_are_not_several_trainings():
    one = cka_run("default", 0, (0.5, 0.4), None, "default")
    results = [*one.results, *(replace(r, target="c") for r in one.results)]
    run = replace(one, cell=replace(one.cell, pair="a-b-c"), results=results)

    found = LayerEvidence([run], ["a-b-c"]).correlation()

    assert found is not None
    assert found.seeds == 1

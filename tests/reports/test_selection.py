"""Which of many measurements are shown: the last ones, of one configuration each."""

import pytest

from mlm_xling.reports.selection import CURVES, level, newest, while_training
from mlm_xling.results import TEACHER, TRAINED
from tests.reports.made_up import lexical, measured

RANDOM = "random"


def shown(*results):
    return {(one.model, one.config): one.value for one in newest(list(results))}


def test_another_configuration_takes_the_place_of_all_that_was_measured_before():
    before, after = (
        [measured(config=config, layer=layer) for layer in layers]
        for config, layers in (("old", (0, 1, 2)), ("new", (0, 1)))
    )

    assert newest([*before, *after]) == after


def test_of_several_steps_of_a_model_all_is_of_the_one_that_was_measured_last():
    fitted_on_few = measured("p@1_procrustes_100_forward", 4, step=4_000)
    before = measured("p@1_procrustes_forward", 5, step=4_000)
    untrained = measured("p@1_procrustes_forward", 1, step=0, model="random")
    teacher = measured("p@1_procrustes_forward", 2, step=7_000, model="teacher")
    after = measured("p@1_procrustes_forward", 6, step=9_000)

    found = newest([fitted_on_few, before, untrained, teacher, after])

    assert sorted(one.step for one in found) == [0, 7_000, 9_000]
    assert fitted_on_few not in found


def test_what_needs_no_training_is_chosen_apart_from_what_was_trained():
    """It is measured once for all seeds, later or earlier, and in a program of its own."""
    old, trained, taught, untrained = (
        measured(model=model, config=config, value=value)
        for model, config, value in (
            (TRAINED, "old", 0.1),
            (TRAINED, "new", 0.2),
            (TEACHER, "new", 0.3),
            (RANDOM, "old", 0.4),
        )
    )

    expected = {(TRAINED, "new"): 0.2, (TEACHER, "new"): 0.3, (RANDOM, "old"): 0.4}
    assert shown(old, trained, taught, untrained) == expected
    assert shown(untrained, old, trained, taught) == expected


def test_what_training_recorded_stays_when_the_perplexity_of_a_text_is_measured():
    recorded = measured("dev_perplexity", None, evaluator="perplexity", config="training")
    text = measured("pseudo_perplexity", 1, evaluator="perplexity", config="evaluation")

    assert newest([recorded, text]) == [recorded, text]


def probed(config, *steps):
    """One retrieval and one perplexity a step, as a run appends them."""
    return [
        measured(metric, None, value=float(step), step=step, config=config)
        for step in steps
        for metric in ("p@1_raw_forward", "dev_perplexity")
    ]


def test_a_run_that_went_back_has_not_what_it_measured_on_the_way_it_left():
    left, taken = probed("rate", 1, 2, 3, 4), probed("lower rate", 3, 5)

    found = while_training([*left, *taken])

    assert [(r.step, r.config) for r in found if r.metric == "p@1_raw_forward"] == [
        (1, "rate"), (2, "rate"), (3, "lower rate"), (5, "lower rate"),
    ]  # fmt: skip


def test_what_is_measured_after_training_ends_nothing_of_it():
    training, after = probed("run", 1, 2, 3), measured("cka", step=2, config="run")
    otherwise = measured("cka", step=2, config="other settings")

    assert while_training([*training, after, otherwise]) == [*training, after]


def test_the_best_of_what_needs_no_model_stands_beside_a_curve():
    spelling = [
        measured(f"spelling_p@1_{way}", None, value, model="spelling", evaluator="retrieval")
        for way, value in (("forward", 0.5), ("backward", 0.3))
    ]

    assert level([*lexical(0.6, 0.1), *spelling], CURVES["P@1 raw"]) == pytest.approx(0.4)
    assert level([], CURVES["P@1 raw"]) is None

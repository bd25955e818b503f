"""Evaluators by name, and names of metrics that belong to one of them."""

import dataclasses

import pytest

from mlm_xling.errors import InputError
from mlm_xling.evaluation.descriptor import Evaluator, Metric
from mlm_xling.evaluation.evaluators import EVALUATORS, find_evaluators, metrics_by_name
from mlm_xling.evaluation.finetuning.tasks.pos import PartOfSpeech
from mlm_xling.evaluation.probes.contextual_heads import head_evaluator


def test_an_unknown_evaluator_is_told_with_the_known_ones():
    with pytest.raises(InputError, match="unknown evaluator 'ckaa'; known are cka, similarity"):
        find_evaluators(["cka", "ckaa"])


def test_names_may_come_one_by_one():
    assert find_evaluators(iter(["cka", "retrieval"])) == [
        EVALUATORS["cka"],
        EVALUATORS["retrieval"],
    ]


def described(name, metric, **looks):
    return Evaluator(name, lambda subject: [], {metric: Metric("Title", **looks)})


@pytest.mark.parametrize(
    "mine",
    [
        described("mine", "cka"),
        described("mine", "my_metric", curve="CKA"),
        dataclasses.replace(EVALUATORS["cka"], name="mine"),
    ],
)
def test_metrics_and_curves_of_two_evaluators_have_names_of_their_own(mine):
    """Reports look them up by name and would draw the mean of both."""
    with pytest.raises(InputError, match=r"'mine': its metric '\w+' takes the name '.+' of 'cka'"):
        find_evaluators([mine])


def test_an_evaluator_may_be_given_in_place_of_the_one_of_its_name():
    mine = described("cka", "cka", curve="CKA")

    assert find_evaluators([mine]) == [mine]


def test_two_tasks_with_a_metric_of_one_name_are_told_apart_on_layers():
    class Chunks(PartOfSpeech):
        name, title = "chunks", "chunks"

    both = metrics_by_name(map(head_evaluator, (PartOfSpeech(), Chunks())))

    assert {"contextual_pos_accuracy", "contextual_chunks_accuracy"} <= set(both)
    assert len({metric.curve for metric in both.values()}) == len(both) == 6

"""Outcomes of items: written with the results they belong to, read back as those and no others."""

from dataclasses import replace

import numpy as np
import pytest

import mlm_xling
from mlm_xling.errors import InputError
from mlm_xling.outcomes import (
    FOLDER,
    Outcome,
    cluster_digests,
    item_digests,
    read_outcomes,
    write_outcomes,
)
from mlm_xling.results import FILE_NAME, read_results
from tests.reports.made_up import measured


def outcome(items=("x", "y", "z"), **changes) -> Outcome:
    """F1 of two settings on three sentences, the last without spans."""
    numerator = np.array([[2.0, 0, 0], [4, 2, 0]])
    denominator = np.array([[4.0, 4, 0], [5, 5, 0]])
    return Outcome(
        measured("f1", None, (2 / 8 + 6 / 10) / 2, evaluator="ner", **changes),
        item_digests(items),
        numerator,
        denominator,
    )


def test_the_mean_of_its_parts_is_the_result():
    assert outcome().value == pytest.approx(outcome().result.value)


def test_what_is_written_is_read(tmp_path):
    one, other = outcome(), outcome(target="de")
    write_outcomes(tmp_path, [one, other])

    found = read_outcomes(tmp_path, [one.result, other.result])

    assert set(found) == {one.result.identity, other.result.identity}
    read = found[one.result.identity]
    assert (read.result, read.items) == (one.result, one.items)
    np.testing.assert_array_equal(read.numerator, one.numerator)
    np.testing.assert_array_equal(read.denominator, one.denominator)


def test_clusters_are_read_with_their_items(tmp_path):
    items = item_digests("xyz")
    clustered = replace(outcome(), clusters=cluster_digests("pqp"))
    alone = replace(outcome(target="de"), clusters=items)
    write_outcomes(tmp_path, [clustered, alone])

    found = read_outcomes(tmp_path, [clustered.result, alone.result])

    first, second, third = found[clustered.result.identity].clusters
    assert first == third != second
    assert found[alone.result.identity].clusters == items
    assert found[alone.result.identity].items == items


def test_an_outcome_without_items_is_read(tmp_path):
    nothing = replace(outcome(), items=(), numerator=np.zeros((1, 0)), denominator=np.zeros((1, 0)))
    write_outcomes(tmp_path, [nothing])

    assert read_outcomes(tmp_path, [replace(nothing.result, value=0.0)])


def test_an_item_may_count_more_than_two_bytes_hold(tmp_path):
    long = outcome()
    long = replace(long, numerator=long.numerator * 40_000, denominator=long.denominator * 40_000)
    write_outcomes(tmp_path, [long, outcome(target="de")])

    found = read_outcomes(tmp_path, [long.result])[long.result.identity]

    np.testing.assert_array_equal(found.numerator, long.numerator)
    np.testing.assert_array_equal(found.denominator, long.denominator)


def test_those_of_other_results_are_not_read(tmp_path):
    """Such are left where an evaluation was killed between its outcomes and its results."""
    one = outcome()
    write_outcomes(tmp_path, [one])

    for changed in ({"value": 0.5}, {"step": 9}, {"metric": "f1_strict"}, {"evaluator": "pos"}):
        assert read_outcomes(tmp_path, [replace(one.result, **changed)]) == {}


def test_a_later_evaluation_replaces_them(tmp_path):
    write_outcomes(tmp_path, [outcome(("x", "y", "z"))])
    write_outcomes(tmp_path, [outcome(("u", "v", "w"))])

    (found,) = read_outcomes(tmp_path, [outcome().result]).values()

    assert found.items == item_digests(["u", "v", "w"])


def test_an_altered_file_is_named(tmp_path):
    write_outcomes(tmp_path, [outcome()])
    (path,) = (tmp_path / FOLDER).iterdir()
    path.write_text(path.read_text().replace('"value": 0', '"value": 1'))

    with pytest.raises(InputError, match=f"{path.name}: altered; remove it"):
        read_outcomes(tmp_path, [outcome().result])


def test_equal_items_are_told_apart_by_their_order():
    first, second, third = item_digests(["x", "x", "y"])

    assert len({first, second, third}) == 3
    assert item_digests(["y", "x", "x"]) == (third, first, second)


@pytest.fixture(scope="module")
def encoder(saved_run):
    return mlm_xling.load(saved_run, overrides={"evaluation.pairs": 12})


def test_they_lie_beside_the_results_of_an_evaluation(encoder, tmp_path):
    mlm_xling.evaluate(encoder, ["retrieval", "cka"], output=tmp_path)
    results = read_results(tmp_path / FILE_NAME)

    found = read_outcomes(tmp_path, results)

    assert {o.result.model for o in found.values()} == {"trained", "random", "lexical", "spelling"}
    assert {o.result.evaluator for o in found.values()} == {"retrieval"}
    assert all(o.value == pytest.approx(o.result.value) for o in found.values())
    assert {len(o.items) for o in found.values()} == {12}


def test_what_needs_no_training_is_measured_apart(encoder):
    def models(*asked):
        return {r.model for r in mlm_xling.evaluate(encoder, ["retrieval"], models=asked)}

    assert models("trained") == {"trained"}
    assert models("untrained") == {"random", "lexical", "spelling"}

"""Claims of the paper: decided by intervals, whatever rows a study has."""

import dataclasses

import pytest

from mlm_xling.study.columns import Column
from mlm_xling.study.estimates import Estimate
from mlm_xling.study.evidence import Evidence
from mlm_xling.study.findings import (
    CLAIMS,
    NOT_REPRODUCED,
    NOT_TESTED,
    REPRODUCED,
    UNDECIDED,
    Criterion,
)
from mlm_xling.study.ledger import Ledger
from mlm_xling.study.scores import measures
from mlm_xling.study.verdicts import findings_section
from tests.study.made_up import LUCK, by_item, cka_runs, hits_of, transfer_run

(LAS,) = measures(("parsing",))
PAPER = {
    "default": 0.80, "wiki_cc": 0.79, "no_anchors": 0.79, "default_anchors": 0.80,
    "extra_anchors": 0.84, "sep_emb": 0.72, "sep_l1_3": 0.7, "sep_l1_6": 0.4, "sep_emb_l1_6": 0.2,
}  # fmt: skip
"""LAS in the near language, as the paper has it."""


def transfer_runs(scores: dict[str, float], seeds: int = 3):
    """Each row in a near and a distant language; the distant one gains more from anchors."""
    return [
        transfer_run(
            row, seed,
            score + LUCK[seed] - (0.2 if pair == "a-d" else 0)
            + (0.1 if (row, pair) == ("extra_anchors", "a-d") else 0), pair,
            **({"random": 0.1, "majority": 0.15} if seed == 0 else {}),
        )
        for row, score in scores.items()
        for pair in ("a-b", "a-d")
        for seed in range(seeds)
    ]  # fmt: skip


def decided(runs, pairs=("a-b", "a-d")) -> dict[str, str]:
    table = findings_section(Evidence([Column(LAS, runs)], runs, pairs), Ledger()).table
    assert table is not None
    verdicts = [row for i, row in enumerate(table.rows) if (i, 0) in table.bold]
    return {row[0].partition(".")[0]: row[1] for row in verdicts}


def test_a_study_like_the_paper_reproduces_it():
    found = decided(transfer_runs(PAPER))

    assert {name: word for name, word in found.items() if name != "9"} == dict.fromkeys(
        [claim.name for claim in CLAIMS if claim.name != "9"], REPRODUCED
    )


def test_a_study_unlike_the_paper_does_not():
    unlike = PAPER | {"no_anchors": 0.5, "sep_emb": 0.85, "sep_l1_6": 0.79}

    found = decided(transfer_runs(unlike))

    assert [name for name, word in found.items() if word == NOT_REPRODUCED] == ["2", "4", "6"]
    assert found["1"] == REPRODUCED


def test_what_a_vocabulary_costs_is_not_taken_for_the_cost_of_private_layers():
    scores = PAPER | {"default_anchors": 0.7, "sep_l1_3": 0.7, "sep_l1_6": 0.65}

    found = decided(transfer_runs(scores))

    assert (found["5"], found["6"]) == (UNDECIDED, NOT_REPRODUCED)
    del scores["default_anchors"]
    found = decided(transfer_runs(scores))
    assert (found["5"], found["6"]) == (REPRODUCED, REPRODUCED)


def test_claims_of_rows_that_are_missing_are_not_tested():
    found = decided(transfer_runs({"default": 0.8, "sep_emb": 0.7}))

    assert {name for name, word in found.items() if word != NOT_TESTED} == {"4", "8"}


def test_nothing_is_tested_of_nothing():
    assert set(decided([]).values()) == {NOT_TESTED}


def test_a_single_training_decides_nothing():
    found = decided(transfer_runs(PAPER, seeds=1))

    assert set(found.values()) == {UNDECIDED, NOT_TESTED}


def test_similarity_is_decided_over_seeds():
    assert decided(cka_runs(), ["a-b"])["9"] == REPRODUCED
    assert decided(cka_runs(bilingual=(0.3, 0.3, 0.5, 0.6)), ["a-b"])["9"] == NOT_REPRODUCED
    only_default = [one for one in cka_runs() if one.cell.row == "default"]
    assert decided(only_default, ["a-b"])["9"] == NOT_TESTED


def test_the_pairs_that_a_number_is_of_are_named_if_some_were_not_measured():
    runs = transfer_runs(PAPER)
    without = [one for one in runs if (one.cell.row, one.cell.pair) != ("sep_emb", "a-d")]
    near = [one for one in runs if one.cell.pair == "a-b"]

    whole, part, alone = (
        Evidence([Column(LAS, of)], of, ("a-b", "a-d")).transfer("default", "sep_emb")
        for of in (runs, without, near)
    )

    assert whole is not None
    assert part is not None
    assert whole.of_pairs == ()
    assert part.of_pairs == ("a-b",)
    assert alone == part
    table = findings_section(Evidence([Column(LAS, near)], near, ("a-b", "a-d")), Ledger()).table
    assert table is not None
    assert "Default minus Sep Emb (a-b only)" in [says for says, *_ in table.rows]
    assert decided(near)["8"] == NOT_TESTED


def test_each_pair_stands_beside_the_mean_that_decides():
    apart = [
        one if (one.cell.row, one.cell.pair) != ("no_anchors", "a-d") else
        transfer_run("no_anchors", one.cell.seed, 0.1, "a-d", random=0.1, majority=0.15)
        for one in transfer_runs(PAPER)
    ]  # fmt: skip
    ledger = Ledger()

    table = findings_section(Evidence([Column(LAS, apart)], apart, ("a-b", "a-d")), ledger).table

    assert table is not None
    assert table.header[-2:] == ["a-b", "a-d"]
    (number,) = (i for i, row in enumerate(table.rows) if "minus its untrained" in row[0])
    assert table.rows[number][1] == REPRODUCED
    shown = [table.rows[number][column].partition(", ") for column in (2, 6, 7)]
    assert [float(value) for value, *_ in shown] == pytest.approx((0.345, 0.69, 0.0), abs=0.01)
    assert [verdict for *_, verdict in shown] == ["", REPRODUCED, NOT_REPRODUCED]
    entered = {line[0]: line for line in ledger.lines}
    assert [entered[table.links[number, column]][5] for column in (2, 6, 7)] == ["", "a-b", "a-d"]


def test_the_language_of_the_labels_is_not_transferred_to():
    def with_source(one):
        own = [
            dataclasses.replace(r, target="a", value=0.99) for r in one.results if r.metric == "las"
        ]
        hits = [by_item(shown, hits_of(0.99)) for shown in own]
        return dataclasses.replace(
            one,
            results=[*one.results, *own],
            outcomes={**one.outcomes, **{each.result.identity: each for each in hits}},
        )

    runs, pairs = transfer_runs(PAPER), ("a-b", "a-d")
    beside = [with_source(one) for one in runs]

    found = [
        Evidence([Column(LAS, of)], of, pairs).transfer("default", "sep_l1_6")
        for of in (runs, beside)
    ]

    assert [one and one.value for one in found] == pytest.approx([0.4, 0.4], abs=0.01)


def with_another_task(runs, *where: tuple[str, int]) -> list[Column]:
    """Columns of two tasks, of which the second was asked in some pairs with some seeds alone."""
    asked = [one for one in runs if (one.cell.pair, one.cell.seed) in where]
    return [Column(LAS, runs), Column(LAS._replace(title="another"), asked)]


def test_a_task_that_has_just_been_begun_takes_nothing_from_the_others():
    runs, pairs = transfer_runs(PAPER), ("a-b", "a-d")
    begun = with_another_task(runs, ("a-b", 0), ("a-b", 1))

    alone, beside = (
        Evidence(tasks, runs, pairs).transfer("default", "sep_emb") for tasks in (begun[:1], begun)
    )

    assert alone is not None
    assert beside == alone._replace(of_tasks=(LAS.title,))
    table = findings_section(Evidence(begun, runs, pairs), Ledger()).table
    assert table is not None
    assert f"Default minus Sep Emb ({LAS.title} only)" in [says for says, *_ in table.rows]


def test_a_pair_is_shown_by_the_tasks_that_the_mean_is_of():
    """Of the distant pair one task has three seeds, both tasks one: the mean is of both tasks."""
    runs, pairs = transfer_runs(PAPER), ("a-b", "a-d")
    where = [*(("a-b", seed) for seed in range(3)), ("a-d", 0)]
    worse = [
        transfer_run(one.cell.row, one.cell.seed, 0.5, one.cell.pair)
        for one in runs if (one.cell.pair, one.cell.seed) in where
    ]  # fmt: skip
    evidence = Evidence(
        [Column(LAS, runs), Column(LAS._replace(title="another"), worse)], runs, pairs
    )

    whole, *alone = (
        of.transfer("default", "sep_emb")
        for of in (evidence, *(evidence.of_pair(pair) for pair in pairs))
    )

    assert whole is not None
    assert whole.of_tasks == ()
    assert whole.value == pytest.approx(sum(one.value for one in alone if one) / 2)


def test_seeds_that_one_task_has_alone_give_way_to_all_tasks():
    runs, pairs = transfer_runs(PAPER), ("a-b", "a-d")
    most = with_another_task(runs, *((pair, seed) for pair in pairs for seed in (0, 1)))

    found = Evidence(most, runs, pairs).transfer("default", "sep_emb")

    assert found is not None
    assert (found.seeds, found.of_tasks, found.of_pairs) == (2, (), ())
    assert len(found.lines) == 2 * 2 * 2 * 2, "of two rows, tasks, pairs and seeds"


def test_near_and_distant_pairs_are_compared_by_the_tasks_of_both():
    runs, pairs = transfer_runs(PAPER), ("a-b", "a-d")
    near = with_another_task(runs, *(("a-b", seed) for seed in range(3)))

    found = Evidence(near, runs, pairs).of_distant_less_near("default")

    assert found is not None
    assert found.of_tasks == (LAS.title,)
    assert found.value == pytest.approx(-0.2, abs=0.01)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.02, 0.04, REPRODUCED),
        (-0.2, -0.1, NOT_REPRODUCED),
        (0.06, 0.2, NOT_REPRODUCED),
        (0.04, 0.06, UNDECIDED),
        (-0.1, 0.1, UNDECIDED),
        (None, None, UNDECIDED),
    ],
)
def test_a_criterion_wants_the_whole_interval_in_its_range(low, high, word):
    criterion = Criterion("", lambda _: None, above=-0.05, below=0.05)

    assert criterion.decide(Estimate(0.0, low, high, 10, 5, ())) == word
    assert criterion.decide(Estimate(0.0, low, high, 10, 1, ())) == UNDECIDED
    assert criterion.decide(None) == NOT_TESTED

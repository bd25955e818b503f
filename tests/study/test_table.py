"""Table 1 of a study: rows, places, differences, marks, and where each number is from."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from mlm_xling.study.columns import Column
from mlm_xling.study.estimates import Estimate, Place
from mlm_xling.study.ledger import HEADER, Ledger
from mlm_xling.study.scores import Score, interval, measures
from mlm_xling.study.table import compare, full_table, not_above_baselines, small_table
from mlm_xling.wilson import NORMAL
from tests.study.made_up import ITEMS, LUCK, by_item, hits_of, result, run, transfer_run

(LAS,) = measures(("parsing",))
SIMILARITY = measures(("cka",))[0]


def mean(column: Column, *which) -> Estimate:
    found = column.mean(*which)
    assert found is not None
    return found


def difference(column: Column, places: list[Place]) -> Estimate:
    found = column.difference("sep_emb", "default", places)
    assert found is not None
    return found


def score(value: float, error: float) -> Score:
    return Score(value, error, 9, (), ())


def test_the_interval_of_seeds_without_error_of_items_is_students():
    values = [0.3, 0.34, 0.31, 0.4]

    low, high = interval([score(value, math.nan) for value in values]) or (0, 0)

    assert (low, high) == pytest.approx(tuple(ttest_1samp(values, 0).confidence_interval()))


def test_the_interval_of_one_seed_is_that_of_its_items():
    assert interval([score(0.5, 0.1)]) == pytest.approx((0.5 - NORMAL / 10, 0.5 + NORMAL / 10))
    assert interval([score(0.5, math.nan)]) is None


def test_the_error_of_items_does_not_shrink_with_the_number_of_seeds():
    many = [score(0.5, 0.1)] * 100

    assert interval(many) == pytest.approx((0.5 - NORMAL / 10, 0.5 + NORMAL / 10))


@pytest.fixture(scope="module")
def runs():
    """Six seeds of three rows, on two pairs; the second row is as good as the first."""
    luck = (0.0, 0.02, -0.02, 0.01, -0.01, 0.03)
    shares = {("default", "a-b"): 0.8, ("default", "a-d"): 0.7, ("sep_emb", "a-b"): 0.8}
    shares |= {("sep_emb", "a-d"): 0.7, ("sep_l1_6", "a-b"): 0.3, ("sep_l1_6", "a-d"): 0.2}
    return [
        transfer_run(
            row, seed, share + (luck[seed] if row == "default" else luck[-seed - 1]), pair,
            **({"random": 0.2, "majority": 0.1} if seed == 0 else {}),
        )
        for (row, pair), share in shares.items()
        for seed in range(len(luck))
    ]  # fmt: skip


ROWS = ("default", "sep_emb", "sep_l1_6")


@pytest.fixture(scope="module")
def compared(runs):
    ledger = Ledger()
    return compare(Column(LAS, runs), ROWS, "default", ledger), ledger


def test_rows_stand_beside_the_baseline_and_above_what_needs_no_training(compared):
    table = full_table(compared[0], ROWS)

    paper = "paper: fr ru zh, Δ"
    assert table.header == ["row", "seeds", "a-b", "a-d", "Δ default", "p (Holm)", paper]
    assert [row[0] for row in table.rows] == [
        *ROWS, *(f"untrained ({row})" for row in ROWS), "majority",
    ]  # fmt: skip
    assert [row[2].split()[0] for row in table.rows] == [
        "80.6", "80.6", "30.6", "20.0", "20.0", "20.0", "10.0",
    ]  # fmt: skip
    assert all(f"n={ITEMS}" in row[2] for row in table.rows)
    assert [row[-1] for row in table.rows[1:3]] == ["71.7 54.0 27.5, -1.8", "61.7 31.6 12.0, -17.8"]


def test_a_difference_is_marked_if_trainings_and_items_refuse_that_there_is_none(compared):
    small = small_table([compared[0]], ROWS)

    assert small.header == [
        "row",
        "parsing LAS (%) a-b",
        "parsing LAS (%) a-d",
        "parsing LAS (%) Δ",
    ]
    assert [row[-1] for row in small.rows] == ["–", "+0.0", "-50.0*"]


def test_two_seeds_cannot_mark_anything(runs):
    few = [one for one in runs if one.cell.seed < 2]

    table = full_table(compare(Column(LAS, few), ROWS, "default", Ledger()), ROWS)

    assert table.rows[2][4].startswith("-4")
    assert "*" not in table.rows[2][4]


def test_every_number_has_a_line_that_lists_its_measurements(compared, runs):
    found, ledger = compared
    table = full_table(found, ROWS)

    cell = table.links[2, 2]
    (line,) = (line for line in ledger.lines if line[0] == cell)
    told = dict(zip(HEADER, line, strict=True))

    assert ledger.csv().splitlines()[cell - 1].startswith(f"{cell},mean,parsing LAS,sep_l1_6")
    assert (told["place"], told["n"], told["seeds"]) == ("a-b", ITEMS, 6)
    of_cell = [one for one in runs if (one.cell.row, one.cell.pair) == ("sep_l1_6", "a-b")]
    lines = [str(one.line(one.results[0])) for one in of_cell]
    assert told["lines of results.csv"].split() == lines
    assert len(table.links) == 3 * 2 + 4 * 2 + 2 * 2, "but for the paper's"


def test_a_row_that_is_not_done_leaves_its_cells_empty(runs):
    done = [one for one in runs if one.cell.row != "sep_emb"]

    table = full_table(compare(Column(LAS, done), ROWS, "default", Ledger()), ROWS)

    assert table.rows[1][:6] == ["sep_emb", "0", "–", "–", "–", "–"]


def test_pairs_with_other_numbers_of_seeds_are_told(runs):
    part = [one for one in runs if one.cell.pair == "a-b" or one.cell.seed < 2]

    table = full_table(compare(Column(LAS, part), ROWS, "default", Ledger()), ROWS)

    assert [row[1] for row in table.rows[:3]] == ["2–6"] * 3


def test_a_difference_of_one_training_here_and_several_there_has_no_interval(runs):
    places = [Place("a-b", "b"), Place("a-d", "d")]
    once = [one for one in runs if one.cell.pair == "a-b" or one.cell.seed == 0]

    whole, part = (difference(Column(LAS, some), places) for some in (runs, once))

    assert whole.low is not None
    assert (part.seeds, part.low, part.high) == (1, None, None)


def test_a_difference_tells_where_it_was_measured(runs):
    near = [one for one in runs if (one.cell.row, one.cell.pair) != ("sep_emb", "a-d")]
    ledger = Ledger()

    compare(Column(LAS, near), ROWS, "default", ledger)

    lines = [dict(zip(HEADER, line, strict=True)) for line in ledger.lines]
    where = {
        line["row"]: (line["place"], line["n"]) for line in lines if line["what"] == "difference"
    }
    assert where == {"sep_emb": ("a-b", ITEMS), "sep_l1_6": ("a-b, a-d", 2 * ITEMS)}


def with_another_target(one, target: str, shift: float = 0.0):
    """The same training, tested on another target, too."""
    shown = [replace(r, target=target, value=r.value + shift) for r in one.results]
    return replace(one, results=[*one.results, *shown], outcomes={})


def test_what_one_training_comes_to_on_several_targets_is_one_training(runs):
    near = [replace(one, outcomes={}) for one in runs if one.cell.pair == "a-b"]
    several = [with_another_target(one, "c", 0.1) for one in near]
    several = [replace(one, cell=replace(one.cell, pair="a-b-c")) for one in several]

    alone = difference(Column(LAS, near), [Place("a-b", "b")])
    both = difference(Column(LAS, several), [Place("a-b-c", "b"), Place("a-b-c", "c")])

    assert both.p == alone.p
    assert (both.low, both.high) == pytest.approx((alone.low, alone.high))


def test_a_difference_of_rows_is_not_of_paraphrases(runs):
    near = [replace(one, outcomes={}) for one in runs if one.cell.pair == "a-b"]
    with_paraphrases = [
        replace(
            one, results=[*one.results, *(replace(r, target="a'", value=0.99) for r in one.results)]
        )
        for one in near
    ]

    alone, beside = (
        compare(Column(LAS, some), ROWS, "default", Ledger()) for some in (near, with_paraphrases)
    )

    assert len(beside.column.places) == 2
    values = [found.differences["sep_l1_6"][0].value for found in (alone, beside)]
    assert values[0] == pytest.approx(values[1])


def test_what_is_not_told_by_item_has_the_number_it_was_measured_on(runs):
    near = [replace(one, outcomes={}) for one in runs if one.cell.pair == "a-b"]

    assert difference(Column(LAS, near), [Place("a-b", "b")]).items == ITEMS


def test_untrained_encoders_are_those_of_the_same_corpus():
    runs = [
        replace(transfer_run("no_anchors", 0, 0.6, random=0.1), first_line=2),
        transfer_run("sep_emb", 0, 0.5),
    ]
    same = [replace(one, cell=replace(one.cell, corpus="disjoint")) for one in runs]

    column = Column(LAS, same)

    found = mean(column, "sep_emb", Place("a-b", "b"), "random")
    assert found.value == pytest.approx(0.1)


def test_the_majority_of_another_corpus_serves_where_it_was_not_measured():
    runs = [
        transfer_run("default", 0, 0.9, majority=0.3, lookup=0.4),
        transfer_run("no_anchors", 0, 0.6),
    ]
    column = Column(LAS, runs)

    (place,) = column.places
    assert mean(column, "no_anchors", place, "majority").value == pytest.approx(0.3)
    assert column.mean("no_anchors", place, "lookup") is None, "it looks words of its text up"


def test_runs_with_different_items_are_compared_on_those_they_share():
    """Words of a dictionary are such items: vocabularies have different ones."""
    first, second = result("las", 0.5, n=4), result("las", 0.75, n=4)
    runs = [
        run("default", 0, [first], [by_item(first, np.array([1.0, 1, 0, 0]), list("abcd"))]),
        run("sep_emb", 0, [second], [by_item(second, np.array([1.0, 1, 0, 1]), list("dbax"))]),
    ]

    column, place = Column(LAS, runs), Place("a-b", "b")

    assert [mean(column, row, place).items for row in ("default", "sep_emb")] == [3, 3]
    assert mean(column, "default", place).value == pytest.approx(2 / 3)
    assert difference(column, [place]).value == pytest.approx(0.0)


def test_items_of_a_cluster_are_resampled_together():
    def compared(copies: int) -> tuple[Estimate, Estimate]:
        """Each item occurs several times, as words do in a cluster of their forms."""
        clusters = tuple(str(i) for i in range(40) for _ in range(copies))
        runs = []
        for row, share in {"default": 0.8, "sep_emb": 0.5}.items():
            for seed in range(3):
                hits = np.repeat(hits_of(share + LUCK[seed], 40), copies)
                shown = result("las", hits.mean(), n=len(hits), seed=seed)
                runs.append(
                    run(row, seed, [shown], [replace(by_item(shown, hits), clusters=clusters)])
                )
        column, place = Column(LAS, runs), Place("a-b", "b")
        return mean(column, "default", place), difference(column, [place])

    for once, thrice in zip(compared(1), compared(3), strict=True):
        assert (thrice.value, thrice.low, thrice.high, thrice.p) == pytest.approx(
            (once.value, once.low, once.high, once.p)
        )
        assert thrice.items == once.items == 40


@pytest.mark.parametrize("row", ["default", "sep_emb"])
def test_clusters_that_one_run_tells_hold_for_all_that_it_is_compared_with(row):
    """Others may have been measured before clusters were kept."""
    clusters = tuple(str(i // 3) for i in range(ITEMS))

    def compared(rows: tuple[str, ...]) -> tuple[Estimate, Estimate]:
        runs = []
        for name, share in {"default": 0.8, "sep_emb": 0.5}.items():
            for seed in range(3):
                shown = result("las", share, n=ITEMS, seed=seed)
                kept = by_item(shown, hits_of(share + LUCK[seed]))
                if seed == 2 and name in rows:
                    kept = replace(kept, clusters=clusters)
                runs.append(run(name, seed, [shown], [kept]))
        column, place = Column(LAS, runs), Place("a-b", "b")
        return mean(column, "default", place), difference(column, [place])

    assert compared((row,)) == compared(("default", "sep_emb"))
    assert compared((row,))[0].items == ITEMS // 3


def test_without_outcomes_differences_are_of_seeds_alone():
    runs = [
        run(row, seed, [result("las", value)])
        for row, values in {"default": (0.8, 0.84, 0.81), "sep_emb": (0.6, 0.62, 0.66)}.items()
        for seed, value in enumerate(values)
    ]

    found = difference(Column(LAS, runs), [Place("a-b", "b")])

    expected = ttest_1samp(np.array([-0.2, -0.22, -0.15]), 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=0.01)
    assert found.p == pytest.approx(2 / 20)


@pytest.mark.parametrize("lost", ["default", "sep_emb"])
def test_a_row_whose_outcomes_are_lost_is_compared_on_all_items_or_not_at_all(lost):
    def compared_beside_a_row_tested_on_half(sizes: dict[str, int]) -> Estimate | None:
        hits = {row: (np.arange(items) < 50).astype(np.float64) for row, items in sizes.items()}
        shown = {row: result("las", of.mean(), n=len(of)) for row, of in hits.items()}
        runs = [
            run(row, 0, [one], [] if row == lost else [by_item(one, hits[row])])
            for row, one in shown.items()
        ]
        return Column(LAS, runs).difference("sep_emb", "default", [Place("a-b", "b")])

    alike = compared_beside_a_row_tested_on_half({"default": 100, "sep_emb": 100, "wiki_cc": 50})

    assert alike is not None
    assert (alike.value, alike.low) == (0, None)
    assert not compared_beside_a_row_tested_on_half({"default": 100, "sep_emb": 90})


def test_probes_are_shown_at_the_layer_that_all_seeds_choose_on_other_items():
    by_layer = {0: (0.9, 0.1), 1: (0.4, 0.6)}
    runs = [
        run(
            "default",
            seed,
            [
                result(f"p@1_raw_{way}", value, layer=layer, choice=choice, evaluator="retrieval")
                for layer, (value, choice) in by_layer.items()
                for way in ("forward", "backward")
            ]
            + [result("lexical_p@1_forward", 0.3, model="lexical", evaluator="retrieval")],
        )
        for seed in (0, 1)
    ]
    (raw,) = (measure for measure in measures(("retrieval",)) if measure.title == "P@1 raw")

    column, place = Column(raw, runs), Place("a-b", "b")

    assert mean(column, "default", place).value == pytest.approx(0.4)
    assert mean(column, "default", place, "lexical").value == pytest.approx(0.3)


def test_every_evaluator_has_a_measure():
    names = ("cka", "retrieval", "lexicon", "similarity", "ner", "parsing", "nli", "pos")

    assert {measure.evaluator for measure in measures(names)} == set(names)
    assert not any("permuted" in measure.title for measure in measures(names))


def test_rows_are_not_compared_by_what_is_not_better_if_it_is_more():
    assert measures(("language_identity", "perplexity", "description")) == []


def test_a_share_is_not_shown_beyond_its_ends():
    runs = [transfer_run("default", seed, share) for seed, share in enumerate((1.0, 0.9))]

    found = mean(Column(LAS, runs), "default", Place("a-b", "b"))

    assert (found.value, found.high) == (pytest.approx(0.95), 1.0)


def test_neither_the_mean_nor_the_difference_of_scores_without_items_passes_its_limits():
    def similar(row: str, seed: int, value: float):
        return run(row, seed, [result("cka", value, layer=0, evaluator="cka", seed=seed)])

    runs = [similar("default", 0, 0.99), similar("default", 1, 0.2)]
    runs += [similar("sep_emb", 0, 0.01), similar("sep_emb", 1, 0.1)]
    column = Column(SIMILARITY, runs)

    assert mean(column, "default", Place("a-b", "b")).high == 1.0
    assert difference(column, [Place("a-b", "b")]).low == -1.0


def test_a_p_value_that_could_not_be_smaller_with_so_few_seeds_is_told(runs):
    few = [one for one in runs if one.cell.seed < 2 and one.cell.pair == "a-b"]

    table = full_table(compare(Column(LAS, few), ROWS, "default", Ledger()), ROWS)

    assert [row[4] for row in table.rows[1:3]] == ["1.000", "0.667, the least"]


def test_a_difference_over_fewer_seeds_than_the_means_tells_how_many(runs):
    some = [one for one in runs if one.cell.row == "default" or one.cell.seed < 3]

    table = full_table(compare(Column(LAS, some), ROWS, "default", Ledger()), ROWS)

    assert all(row[4].endswith("; common seeds: 3)") for row in table.rows[1:3])


def test_rows_that_do_not_beat_what_needs_no_training_are_named():
    runs = [
        transfer_run(row, 0, share, random=0.2, majority=0.3)
        for row, share in (("default", 0.8), ("sep_emb", 0.32), ("sep_l1_6", 0.1))
    ]

    notes = not_above_baselines(compare(Column(LAS, runs), ROWS, "default", Ledger()), ROWS)

    assert list(notes) == ["sep_emb a-b (majority 30.0)", "sep_l1_6 a-b (majority 30.0)"]

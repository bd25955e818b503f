"""Table 1 of a study."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from mlm_xling.results import Result
from mlm_xling.study.table import NORMAL, Score, interval, measures, paired_interval, study_table


def result(metric: str, value: float, *, error: float | None = 0.01, **changes) -> Result:
    fields = {
        "evaluator": "parsing", "model": "trained", "source": "a", "target": "b", "layer": None,
        "n": 1_000, "step": 5, "seed": 0, "config": "c", "seen": 0.0,
        "low": None if error is None else value - NORMAL * error,
        "high": None if error is None else value + NORMAL * error,
    }  # fmt: skip
    return Result(metric=metric, value=value, **(fields | changes))


def test_the_interval_of_seeds_without_error_of_items_is_students():
    values = [0.3, 0.34, 0.31, 0.4]

    low, high = interval([Score(value, math.nan, 9) for value in values]) or (0, 0)

    assert (low, high) == pytest.approx(tuple(ttest_1samp(values, 0).confidence_interval()))


def test_the_interval_of_one_seed_is_that_of_its_items():
    assert interval([Score(0.5, 0.1, 9)]) == pytest.approx((0.5 - NORMAL / 10, 0.5 + NORMAL / 10))
    assert interval([Score(0.5, math.nan, 9)]) is None


def test_the_error_of_items_does_not_shrink_with_the_number_of_seeds():
    many = [Score(0.5, 0.1, 9)] * 100

    assert interval(many) == pytest.approx((0.5 - NORMAL / 10, 0.5 + NORMAL / 10))


def test_the_interval_covers_the_mean_of_other_seeds_and_items_as_often_as_it_says():
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(1_000):
        of_items, of_seeds = random.normal(scale=0.02), random.normal(scale=0.03, size=5)
        low, high = interval([Score(0.5 + of_items + s, 0.02, 9) for s in of_seeds]) or (0, 0)
        covered += low <= 0.5 <= high

    assert 0.93 < covered / 1_000 < 0.98


def test_a_difference_is_taken_seed_by_seed():
    differences = [0.1, 0.12, 0.09]

    assert paired_interval(differences) == pytest.approx(
        tuple(ttest_1samp(differences, 0).confidence_interval())
    )
    assert paired_interval([0.1]) is None


@pytest.fixture
def runs():
    """Two rows of two seeds; the second lost 20 and 22 points of LAS."""
    values = {"default": (0.8, 0.84), "sep_emb": (0.6, 0.62)}
    return {
        row: {
            seed: [
                result("las", value),
                result("las", 0.2, model="random"),
                result("las", 0.1, model="majority", error=None),
                result("las", 0.99, setting="lr=1"),
            ]
            for seed, value in enumerate(of_row)
        }
        for row, of_row in values.items()
    }


def test_rows_stand_beside_the_baseline_and_above_what_needs_no_training(runs):
    table = study_table(runs, measures(("parsing",)), "default", ["random", "majority"])

    assert table.header == ["row", "seeds", "parsing LAS (%)", "Δ default"]
    assert [row[0] for row in table.rows] == ["default", "sep_emb", "random", "majority"]
    assert [row[2].split()[0] for row in table.rows] == ["82.0", "61.0", "20.0", "10.0"]
    assert [row[3].split()[0] for row in table.rows] == ["–", "-21.0", "–", "–"]
    assert "n=1,000" in table.rows[0][2]


def test_a_row_that_is_not_done_leaves_its_cells_empty(runs):
    table = study_table(runs | {"sep_emb": {}}, measures(("parsing",)), "default", [])

    assert table.rows[1] == ["sep_emb", "0", "–", "–"]


def test_probes_are_shown_at_the_layer_that_all_seeds_choose_on_other_items():
    by_layer = {0: (0.9, 0.1), 1: (0.4, 0.6)}
    runs = {
        "default": {
            seed: [
                result(f"p@1_raw_{way}", value, layer=layer, choice=choice, evaluator="retrieval")
                for layer, (value, choice) in by_layer.items()
                for way in ("forward", "backward")
            ]
            + [result("lexical_p@1_forward", 0.3, model="lexical", evaluator="retrieval")]
            for seed in (0, 1)
        }
    }

    table = study_table(runs, measures(("retrieval",)), "default", ["lexical"])

    column = table.header.index("P@1 raw (%)")
    assert [row[column].split()[0] for row in table.rows] == ["40.0", "30.0"]


def test_every_evaluator_has_a_measure():
    names = ("cka", "retrieval", "lexicon", "similarity", "ner", "parsing", "nli", "pos")

    assert {measure.evaluator for measure in measures(names)} == set(names)
    assert not any("permuted" in measure.title for measure in measures(names))

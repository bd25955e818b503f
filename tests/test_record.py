"""What a record says of kept results."""

import pytest

from benchmarks.record import Record
from benchmarks.records import keep
from mlm_xling.errors import InputError
from mlm_xling.results import FILE_NAME, append_results
from tests.kept_results import kept_result


@pytest.fixture
def record(tmp_path) -> Record:
    seeds = {"run-0": (0.1, 0.3), "run-1": (0.2, 0.8), "other": (0.5, 0.4)}
    for name, values in seeds.items():
        lines = [
            kept_result(f"p@1{way}", layer, value + 0.1 * (way == "_backward"))
            for layer, value in enumerate(values)
            for way in ("_forward", "_backward")
        ]
        lines.append(kept_result("cka", None, 0.5, n=7, low=0.4, high=0.625))
        append_results(tmp_path / name / FILE_NAME, lines)
    keep("record", {name: tmp_path / name for name in seeds}, folder=tmp_path)
    return Record(tmp_path / "record.jsonl")


def test_a_figure_is_the_mean_over_directions_and_seeds_at_the_layer_of_the_best_mean(record):
    assert record.chosen("run", "p@1") == "60.0 (35.0–85.0) L1"
    assert record.at("run", "p@1", 0) == "20.0 (15.0–25.0)"
    assert record.spread("run", "p@1", 0) == "0.20 (0.15 to 0.25)"
    assert record.each("run", "p@1") == "35.0, 85.0"
    assert record.seeds("run") == 2
    assert record.means("run").startswith("Means over 2 seeds, with the lowest and the highest")
    assert record.means("other").startswith("One seed; in brackets 95% intervals")


def test_a_single_run_has_its_interval(record):
    assert record.chosen("other", "cka") == "50.0 (40.0–62.5)"
    assert record.chosen("other", "p@1") == "55.0 L0"
    assert (record.n("other", "cka"), record.n("run", "p@1")) == ("7", "100")


def test_a_run_that_is_kept_again_is_replaced(record, tmp_path):
    append_results(tmp_path / "new" / FILE_NAME, [kept_result("cka", None, 0.25)])

    keep("record", {"other": tmp_path / "new"}, folder=tmp_path)

    changed = Record(tmp_path / "record.jsonl")
    assert changed.chosen("other", "cka") == "25.0"
    assert changed.seeds("run") == 2


def test_metrics_may_be_kept_alone_and_quoted_as_they_are(record, tmp_path):
    keep("some", {"other": tmp_path / "other"}, folder=tmp_path, only="cka$")

    some = Record(tmp_path / "some.jsonl")
    assert some.plain("other", "cka", None) == "0.50"
    assert some.spread("other", "cka", None) == "0.50 (0.40 to 0.62)"
    with pytest.raises(InputError):
        some.at("other", "p@1", 0)


def test_a_difference_is_taken_seed_by_seed(tmp_path):
    values = {"one-0": 0.5, "one-1": 0.7, "one-2": 0.1, "other-0": 0.4, "other-1": 0.3}
    for name, value in values.items():
        append_results(tmp_path / name / FILE_NAME, [kept_result("f1", None, value)])
    keep("record", {name: tmp_path / name for name in values}, folder=tmp_path)
    record = Record(tmp_path / "record.jsonl")

    assert record.difference("f1", {"run": "one"}, {"run": "other"}) == "+25.0 (+10.0 to +40.0)"
    assert record.difference("f1", {"run": "one-2"}, {"run": "other"}) == "–"
    assert record.each("one", "f1") == "50.0, 70.0, 10.0"


def test_what_was_not_kept_is_named(record):
    with pytest.raises(InputError, match="nothing was kept of run p@5"):
        record.chosen("run", "p@5")


def test_runs_of_unlike_seeds_are_compared_on_those_that_all_have(tmp_path):
    """The second seed of one run would turn the order over."""
    gains = {"plain-0": 0.5, "plain-1": 0.5, "one-0": 0.7, "one-1": 0.25, "other-0": 0.6}
    for name, value in gains.items():
        append_results(tmp_path / name / FILE_NAME, [kept_result("las", None, value)])
        keep("made", {name: tmp_path / name}, folder=tmp_path)
    record = Record(tmp_path / "made.jsonl")

    seeds = record.common_seeds("plain", "one", "other", "nothing")

    assert seeds == {"0"}
    plain = {"run": "plain"}
    assert record.difference("las", {"run": "one"}, plain, seeds) == "+20.0"
    assert record.difference("las", {"run": "other"}, plain, seeds) == "+10.0"
    assert record.difference("las", {"run": "one"}, plain) == "-2.5 (-25.0 to +20.0)"


def test_figures_can_agree_over_runs_and_not_within_them(tmp_path):
    figures = {"low-0": (0.125, 0.25), "low-1": (0.25, 0.125), "alone-0": (0.9375, 0.5)}
    figures |= {"high-0": (0.625, 1.0), "high-1": (0.875, 0.75)}
    for name, (las, cka) in figures.items():
        lines = [kept_result("las", None, las), kept_result("cka", 0, cka)]
        append_results(tmp_path / name / FILE_NAME, lines)
        keep("made", {name: tmp_path / name}, folder=tmp_path)
    record = Record(tmp_path / "made.jsonl")

    agreement = record.agreement(["low", "high", "alone"], {"metric": "las"}, {"metric": "cka"})

    # 1 - 6 (1 + 1 + 4 + 4) / (5 * 24): ranks 1 2 3 4 5 against 2 1 5 4 3.
    assert agreement == "0.50, -1.00"


PAIRS = {"none": 0, "some": 99, "more": 9_999}


def measured_on_pairs(tmp_path, *seeds: tuple[float, ...]) -> Record:
    """A record of P@1 without pairs, with some and with more, and untrained, by seed."""
    for seed, (untrained, *values) in enumerate(seeds):
        for name, value in zip(PAIRS, values, strict=True):
            lines = [kept_result("p@1", 0, value), kept_result("p@1", 0, untrained, model="random")]
            append_results(tmp_path / f"{name}-{seed}" / FILE_NAME, lines)
            keep("pairs", {f"{name}-{seed}": tmp_path / f"{name}-{seed}"}, folder=tmp_path)
    return Record(tmp_path / "pairs.jsonl")


def test_as_many_pairs_are_worth_what_comes_without_as_add_as_much(tmp_path):
    """Training without pairs adds 0.2 to the untrained 0.1: half way from some pairs to more."""
    record = measured_on_pairs(tmp_path, (0.1, 0.3, 0.4, 0.6))

    assert record.worth(PAIRS, "p@1") == "999"


def test_seeds_give_a_median_and_its_ends_and_an_amount_may_lie_beyond_all(tmp_path):
    seeds = (0.1, 0.3, 0.5, 0.6), (0.1, 0.3, 0.4, 0.6), (0.1, 0.3, 0.31, 0.32)

    record = measured_on_pairs(tmp_path, *seeds)

    assert record.worth(PAIRS, "p@1") == "999 (99 to over 9,999)"


def test_nothing_is_interpolated_between_none_and_the_least_that_was_measured(tmp_path):
    """Training without pairs adds 0.2 to the untrained 0.1; some pairs already add more."""
    record = measured_on_pairs(tmp_path, (0.1, 0.3, 0.7, 0.8))

    assert record.worth(PAIRS, "p@1") == "under 99"


def test_an_amount_can_be_asked_for_that_reaches_another_run(tmp_path):
    record = measured_on_pairs(tmp_path, (0.1, 0.3, 0.5, 0.6))

    assert record.worth(PAIRS, "p@1", "some") == "99"
    assert record.worth(PAIRS, "p@1", "none") == "0"


def test_a_correlation_with_the_amount_counts_its_order_alone(tmp_path):
    """The second seed has two of three in order; a third has no run with the most."""
    record = measured_on_pairs(tmp_path, (0.0, 0.1, 0.2, 0.9), (0.0, 0.2, 0.1, 0.9))
    append_results(tmp_path / "none-2" / FILE_NAME, [kept_result("p@1", 0, 0.3)])
    keep("pairs", {"none-2": tmp_path / "none-2"}, folder=tmp_path)

    assert record.rank_correlation([*PAIRS], "p@1") == "0.75 (0.50 to 1.00)"
    assert Record(tmp_path / "pairs.jsonl").rank_correlation([*PAIRS], "p@1").startswith("0.75")
    assert record.rank_correlation([f"{name}-1" for name in PAIRS], "p@1") == "0.50"

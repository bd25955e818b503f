"""Records of real runs and the pages that quote them."""

from itertools import takewhile

import pytest
from matplotlib.container import ErrorbarContainer

from benchmarks import contamination, contamination_counts, contamination_text, monox, tlm
from benchmarks.dose_figure import FIGURES, dose_figure
from benchmarks.record import Record
from benchmarks.records import FOLDER, keep, page, templates
from mlm_xling.config.contamination import parse_contamination
from mlm_xling.errors import InputError
from mlm_xling.preparation.contaminating import places
from mlm_xling.results import FILE_NAME, Result, append_results
from tests.data_fixtures import REAL_DATA
from tests.reports.made_up import xs, ys
from tests.tasks.contamination.lines_of_languages import needs_identifiers


def result(metric: str, layer: int | None, value: float, n: int = 100, **fields) -> Result:
    common = {"evaluator": "retrieval", "model": "trained", "source": "a", "target": "b"}
    common |= {"step": 1, "seed": 0, "config": "c", "seen": 0.0, "low": None, "high": None}
    return Result(**{**common, "metric": metric, "layer": layer, "value": value, "n": n, **fields})


@pytest.fixture
def record(tmp_path) -> Record:
    seeds = {"run-0": (0.1, 0.3), "run-1": (0.2, 0.8), "other": (0.5, 0.4)}
    for name, values in seeds.items():
        lines = [
            result(f"p@1{way}", layer, value + 0.1 * (way == "_backward"))
            for layer, value in enumerate(values)
            for way in ("_forward", "_backward")
        ]
        lines.append(result("cka", None, 0.5, n=7, low=0.4, high=0.625))
        append_results(tmp_path / name / FILE_NAME, lines)
    keep("record", {name: tmp_path / name for name in seeds}, folder=tmp_path)
    return Record(tmp_path / "record.jsonl")


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)
def test_a_page_quotes_its_record(template):
    assert template.with_suffix("").read_text() == page(template)


def test_a_figure_is_the_mean_over_directions_and_seeds_at_the_layer_of_the_best_mean(record):
    assert record.chosen("run", "p@1") == "60.0 (35.0–85.0) L1"
    assert record.at("run", "p@1", 0) == "20.0 (15.0–25.0)"
    assert record.spread("run", "p@1", 0) == "0.20 (0.15 to 0.25)"
    assert record.seeds("run") == 2
    assert record.means("run").startswith("Means over 2 seeds, with the lowest and the highest")
    assert record.means("other").startswith("One seed; in brackets 95% intervals")


def test_a_single_run_has_its_interval(record):
    assert record.chosen("other", "cka") == "50.0 (40.0–62.5)"
    assert record.chosen("other", "p@1") == "55.0 L0"
    assert (record.n("other", "cka"), record.n("run", "p@1")) == ("7", "100")


def test_a_run_that_is_kept_again_is_replaced(record, tmp_path):
    append_results(tmp_path / "new" / FILE_NAME, [result("cka", None, 0.25)])

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
        append_results(tmp_path / name / FILE_NAME, [result("f1", None, value)])
    keep("record", {name: tmp_path / name for name in values}, folder=tmp_path)
    record = Record(tmp_path / "record.jsonl")

    assert record.difference("f1", {"run": "one"}, {"run": "other"}) == "+25.0 (+10.0 to +40.0)"
    assert record.difference("f1", {"run": "one-2"}, {"run": "other"}) == "–"


def test_what_was_not_kept_is_named(record):
    with pytest.raises(InputError, match="nothing was kept of run p@5"):
        record.chosen("run", "p@5")


def test_the_page_of_doses_stands_on_whatever_runs_there_are(tmp_path):
    """Made-up runs, whose n-th dose has n per cent of everything."""
    (tmp_path / "contamination.md.jinja").symlink_to(FOLDER / "contamination.md.jinja")
    for number, name in enumerate([*contamination.DOSES][:5]):
        value = number / 100
        lines = [
            result(f"{metric}{way}", 0, value, model=model)
            for metric in ("p@1_centred", "p@1_procrustes")
            for way in ("_forward", "_backward")
            for model in ("trained", "random")
        ]
        for model in ("trained", "random"):
            lines += [
                result(metric, 0, value, model=model) for metric in ("cka_debiased", "cka_permuted")
            ]
            lines += [
                result("bits_per_character", None, 3.0 + number, model=model, source=x, target=x)
                for x in ("a", "b")
            ]
        for model in ("trained", "random", "lookup"):
            for task, metric in (("parsing", "las"), ("pos", "accuracy")):
                lines.append(result(metric, None, value, model=model, evaluator=task))
        lines.append(result("lexical_p@1_forward", None, 0.4, model="lexical"))
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("contamination", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)

    made = page(tmp_path / "contamination.md.jinja")

    assert "| 1% | 587 | 6.00 | 6.00 | 3.0 L0 |" in made
    assert "| untrained | – | 3.00 |" in made
    assert "shuffled |" not in made


@pytest.mark.parametrize(
    ("doses", "recipient", "lines", "seeds"),
    [
        (contamination.DOSES, "a", 58_736, range(3)),
        (contamination_text.DOSES, "en", 30_363, contamination_text.SEEDS),
    ],
)
def test_the_page_of_doses_says_how_many_lines_are_replaced(doses, recipient, lines, seeds):
    written = (FOLDER / "contamination.md").read_text()
    assert f"{lines:,}" in written
    for dose in doses.values():
        found = parse_contamination(dose, recipient)
        assert found
        of_seeds = [sum(1 for _ in takewhile(lines.__gt__, places(found, seed))) for seed in seeds]
        assert len(set(of_seeds)) == 1
        share = f"{100 * found.share:g}%" if found.share else "nothing"
        title = share + ", words shuffled" * found.shuffled
        assert f"| {title} | {of_seeds[0]:,} |" in written


def test_a_page_has_the_tables_of_its_name(tmp_path):
    (tmp_path / "made.jsonl").touch()
    (tmp_path / "made-counts.tsv").write_text("text\tlines\nen\t7\n")
    (tmp_path / "made.md.jinja").write_text("{{ tables.counts[1]|join(' has ') }}")

    assert page(tmp_path / "made.md.jinja") == "en has 7"


@needs_identifiers
@pytest.mark.skipif(not REAL_DATA.exists(), reason="needs the shared data")
def test_kept_counts_of_real_text_are_what_is_counted():
    kept = [line.split("\t") for line in contamination_counts.RECORD.read_text().splitlines()]
    text = {"gnomehelp": [REAL_DATA / "mono" / "gnomehelp" / "en.txt"]}

    assert list(contamination_counts.rows(text)) == kept[:3]


def test_runs_of_unlike_seeds_are_compared_on_those_that_all_have(tmp_path):
    """The second seed of one run would turn the order over."""
    gains = {"plain-0": 0.5, "plain-1": 0.5, "one-0": 0.7, "one-1": 0.25, "other-0": 0.6}
    for name, value in gains.items():
        append_results(tmp_path / name / FILE_NAME, [result("las", None, value)])
        keep("made", {name: tmp_path / name}, folder=tmp_path)
    record = Record(tmp_path / "made.jsonl")

    seeds = record.common_seeds("plain", "one", "other", "nothing")

    assert seeds == {"0"}
    plain = {"run": "plain"}
    assert record.difference("las", {"run": "one"}, plain, seeds) == "+20.0"
    assert record.difference("las", {"run": "other"}, plain, seeds) == "+10.0"
    assert record.difference("las", {"run": "one"}, plain) == "-2.5 (-25.0 to +20.0)"


def test_the_page_of_teachers_stands_on_whatever_runs_there_are(tmp_path):
    """Made-up runs, in which all but the teacher's lead of 8 points follow from their number."""
    (tmp_path / "monox.md.jinja").symlink_to(FOLDER / "monox.md.jinja")
    for number, name in enumerate([*monox.VARIANTS][:3]):
        lines = [
            result(metric, None, value, model=model, target=language, evaluator=task)
            for task, metric in (("ner", "f1"), ("parsing", "las"))
            for model in ("trained", "random", "majority", "lookup")
            for language, value in (("a", 0.6 + number / 100), ("b", 0.5 + number / 50))
        ]
        if monox.VARIANTS[name].teacher:
            lines += [
                result(metric, None, 0.68, model="teacher", target="a", evaluator=task)
                for task, metric in (("ner", "f1"), ("parsing", "las"))
            ]
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("monox", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)

    made = page(tmp_path / "monox.md.jinja")

    assert "| no teacher | 1 | – | – | – | +10.0 |" in made
    assert "| taught by a model of `a` alone | 1 | +8.0 | +1.0 | +2.0 | +9.0 |" in made
    assert "| 0.5 | 2 | +1.0 | +2.0 |" in made
    assert "taught by itself" not in made


def test_the_figure_of_doses_has_the_amounts_in_order_and_bars_of_intervals(tmp_path):
    """Made-up runs; the dose between none and the most was not run."""
    values = {"pairs_0": 0.1, "pairs_4000": 0.5, "shuffled_4000": 0.2}
    for name, value in values.items():
        lines = [
            result(metric, 1, value, low=value - 0.05, high=value + 0.1, model=model)
            for metric in ("p@1_centred", "p@1_procrustes", "cka_debiased")
            for model in ("trained", "random")
        ]
        lines.append(result("lexical_p@1_forward", None, 0.4, model="lexical"))
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("tlm", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)

    figure = dose_figure(Record(tmp_path / "tlm.jsonl"), FIGURES["tlm"])

    axes = figure.axes[0]
    drawn = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    points = [[*zip(xs(line), ys(line), strict=True)] for line, *_ in drawn]
    assert points == [[(3, 0.2)], [], [(0, 0.1), (3, 0.5)]]
    (bars,) = drawn[-1].lines[2]
    assert bars.get_segments()[1][:, 1] == pytest.approx([0.45, 0.6])
    untrained, without_a_model = [0.1, 0.1], [0.4, 0.4]
    across = [ys(line) for line in axes.lines]
    assert untrained in across
    assert without_a_model in across


def test_the_figure_marks_the_pairs_that_are_worth_what_comes_without(tmp_path):
    """Training without pairs adds 0.2 to the untrained 0.1: half way from 100 pairs to 1,000."""
    for name, value in zip(FIGURES["tlm"].runs, (0.3, 0.4, 0.6, 0.7), strict=True):
        lines = [
            result(metric, 1, value if model == "trained" else 0.1, model=model)
            for metric in ("p@1_centred", "p@1_procrustes", "cka_debiased")
            for model in ("trained", "random")
        ]
        lines.append(result("lexical_p@1_forward", None, 0.4, model="lexical"))
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("tlm", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)

    figure = dose_figure(Record(tmp_path / "tlm.jsonl"), FIGURES["tlm"])

    for axes in figure.axes:
        (mark,) = (line for line in axes.lines if line.get_marker() == "v")
        assert [*xs(mark), *ys(mark)] == pytest.approx([1.5, 0.5])
        assert any(ys(line) == pytest.approx([0.5, 0.5]) for line in axes.lines)


PAIRS = {"none": 0, "some": 99, "more": 9_999}
"""Runs by the number of pairs; 1 + amount is 1, 100 and 10,000."""


def measured_on_pairs(tmp_path, *seeds: tuple[float, ...]) -> Record:
    """A record of P@1 without pairs, with some and with more, and untrained, by seed."""
    for seed, (untrained, *values) in enumerate(seeds):
        for name, value in zip(PAIRS, values, strict=True):
            lines = [result("p@1", 0, value), result("p@1", 0, untrained, model="random")]
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
    append_results(tmp_path / "none-2" / FILE_NAME, [result("p@1", 0, 0.3)])
    keep("pairs", {"none-2": tmp_path / "none-2"}, folder=tmp_path)

    assert record.rank_correlation([*PAIRS], "p@1") == "0.75 (0.50 to 1.00)"
    assert Record(tmp_path / "pairs.jsonl").rank_correlation([*PAIRS], "p@1").startswith("0.75")
    assert record.rank_correlation([f"{name}-1" for name in PAIRS], "p@1") == "0.50"


def test_the_page_of_pairs_stands_on_whatever_runs_there_are(tmp_path):
    """Made-up runs, whose n-th has ten n per cent of everything."""
    (tmp_path / "tlm.md.jinja").symlink_to(FOLDER / "tlm.md.jinja")
    (tmp_path / "tlm.jsonl").touch()
    assert "Nothing is recorded yet." in page(tmp_path / "tlm.md.jinja")
    for number, name in enumerate(tlm.RUNS):
        lines = [
            result(metric, 0, max(number / 10, 0.05) * (model == "trained"), model=model)
            for model in ("trained", "random")
            for metric in (
                *(f"p@1_{space}_forward" for space in ("raw", "centred", "procrustes")),
                "cka_debiased",
                "cka_permuted",
            )
        ]
        lines.append(result("lexical_p@1_forward", None, 0.4, model="lexical"))
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("tlm", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)
        made = page(tmp_path / "tlm.md.jinja")

    assert "| 100 | 10.0 L0 | 10.0 L0 |" in made
    assert "| untrained | 0.0 L0 |" in made
    assert "| as much again | 100 | 100 |" in made
    assert "| as far as shared pieces | over 4,000 |" in made

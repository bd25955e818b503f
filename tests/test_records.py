"""Pages and figures of records of real runs."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile

import pytest
from matplotlib.container import ErrorbarContainer

from benchmarks import (
    contamination,
    contamination_counts,
    contamination_text,
    monox,
    over_steps,
    tlm,
)
from benchmarks.dose_figure import FIGURES, dose_figure
from benchmarks.record import Record
from benchmarks.records import FOLDER, keep, page, templates
from benchmarks.steps_figure import UNTRAINED, steps_figure
from mlm_xling.config.contamination import parse_contamination
from mlm_xling.locks import lock_file
from mlm_xling.preparation.contaminating import places
from mlm_xling.results import FILE_NAME, append_results
from tests.data_fixtures import REAL_DATA
from tests.kept_results import kept_result
from tests.reports.made_up import xs, ys
from tests.tasks.contamination.lines_of_languages import needs_identifiers


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)
def test_a_page_quotes_its_record(template):
    assert template.with_suffix("").read_text() == page(template)


def test_runs_that_are_kept_at_once_are_all_kept(tmp_path):
    for run in ("one", "other"):
        append_results(tmp_path / run / FILE_NAME, [kept_result("las", None, 0.5)])

    with ThreadPoolExecutor() as threads:
        with lock_file(tmp_path / ".record.jsonl.lock", lambda _: None):
            waiting = threads.submit(keep, "record", {"one": tmp_path / "one"}, tmp_path)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            keep("as_the_other", {"other": tmp_path / "other"}, tmp_path)
            (tmp_path / "as_the_other.jsonl").rename(tmp_path / "record.jsonl")
        waiting.result()

    kept = (tmp_path / "record.jsonl").read_text().splitlines()
    assert [json.loads(line)["run"] for line in kept] == ["other", "one"]


def test_the_page_of_doses_stands_on_whatever_runs_there_are(tmp_path):
    """Made-up runs, whose n-th dose has n per cent of everything."""
    (tmp_path / "contamination.md.jinja").symlink_to(FOLDER / "contamination.md.jinja")
    for number, name in enumerate([*contamination.DOSES][:5]):
        value = number / 100
        lines = [
            kept_result(f"{metric}{way}", 0, value, model=model)
            for metric in ("p@1_centred", "p@1_procrustes")
            for way in ("_forward", "_backward")
            for model in ("trained", "random")
        ]
        for model in ("trained", "random"):
            lines += [
                kept_result(metric, 0, value, model=model)
                for metric in ("cka_debiased", "cka_permuted")
            ]
            lines += [
                kept_result(
                    "bits_per_character", None, 3.0 + number, model=model, source=x, target=x
                )
                for x in ("a", "b")
            ]
        for model in ("trained", "random", "lookup"):
            for task, metric in (("parsing", "las"), ("pos", "accuracy")):
                lines.append(kept_result(metric, None, value, model=model, evaluator=task))
        lines.append(kept_result("lexical_p@1_forward", None, 0.4, model="lexical"))
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


def test_the_page_of_teachers_stands_on_whatever_runs_there_are(tmp_path):
    """Made-up runs, in which all but the teacher's lead of 8 points follow from their number."""
    (tmp_path / "monox.md.jinja").symlink_to(FOLDER / "monox.md.jinja")
    tasks = (("ner", "f1"), ("parsing", "las"), ("pos", "accuracy"))
    for number, name in enumerate([*monox.VARIANTS][:3]):
        lines = [
            kept_result(metric, None, value, model=model, target=language, evaluator=task)
            for task, metric in tasks
            for model in ("trained", "random", "majority", "lookup")
            for language, value in (("a", 0.6 + number / 100), ("b", 0.5 + number / 50))
        ]
        if monox.VARIANTS[name].teacher:
            lines += [
                kept_result(metric, None, 0.68, model="teacher", target="a", evaluator=task)
                for task, metric in tasks
            ]
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("monox", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)

    made = page(tmp_path / "monox.md.jinja")

    assert "| no teacher | 1 | – | – | – | +10.0 |" in made
    assert "| taught by a model of `a` alone | 1 | +8.0 | +1.0 | +2.0 | +9.0 |" in made
    assert "| 0.5 | 2 | +1.0 | +2.0 |" in made
    assert "taught by itself" not in made


def figure_of_pairs(folder, values: dict[str, float]):
    """Draws made-up runs, each with one figure for all that is drawn; untrained ones have 0.1."""
    for name, trained in values.items():
        lines = [
            kept_result(metric, 1, value, low=value - 0.05, high=value + 0.1, model=model)
            for metric in ("p@1_centred", "p@1_procrustes", "cka_debiased")
            for model, value in (("trained", trained), ("random", 0.1))
        ]
        lines.append(kept_result("lexical_p@1_forward", None, 0.4, model="lexical"))
        append_results(folder / f"{name}-0" / FILE_NAME, lines)
        keep("tlm", {f"{name}-0": folder / f"{name}-0"}, folder=folder)
    return dose_figure(Record(folder / "tlm.jsonl"), FIGURES["tlm"])


def test_the_figure_of_doses_has_the_amounts_in_order_and_bars_of_intervals(tmp_path):
    """The dose between none and the most was not run."""
    values = {"pairs_0": 0.2, "pairs_4000": 0.5, "shuffled_4000": 0.2}

    figure = figure_of_pairs(tmp_path, values)

    axes = figure.axes[0]
    drawn = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    points = [[*zip(xs(line), ys(line), strict=True)] for line, *_ in drawn]
    assert points == [[(3, 0.2)], [], [(0, 0.2), (3, 0.5)]]
    (bars,) = drawn[-1].lines[2]
    assert bars.get_segments()[1][:, 1] == pytest.approx([0.45, 0.6])
    untrained, without_a_model = [0.1, 0.1], [0.4, 0.4]
    across = [ys(line) for line in axes.lines]
    assert untrained in across
    assert without_a_model in across


def test_the_figure_marks_the_pairs_that_are_worth_what_comes_without(tmp_path):
    """Training without pairs adds 0.2 to the untrained 0.1: half way from 100 pairs to 1,000."""
    values = dict(zip(FIGURES["tlm"].runs, (0.3, 0.4, 0.6, 0.7), strict=True))

    figure = figure_of_pairs(tmp_path, values)

    for axes in figure.axes:
        (mark,) = (line for line in axes.lines if line.get_marker() == "v")
        assert [*xs(mark), *ys(mark)] == pytest.approx([1.5, 0.5])
        assert any(ys(line) == pytest.approx([0.5, 0.5]) for line in axes.lines)


def test_the_figure_of_steps_has_what_was_measured_and_the_untrained_encoder():
    record = Record(FOLDER / "over-steps.jsonl")

    figure = steps_figure(record)

    *measures, perplexities = figure.axes
    for axes, row in zip(measures, over_steps.ROWS, strict=True):
        drawn = [each.lines[0] for each in axes.containers if isinstance(each, ErrorbarContainer)]
        assert [xs(line) for line in drawn] == [[*over_steps.STEPS]] * 4
        parsing, *_ = drawn
        las = [record.value(f"{row}_{step}", "las", None) for step in over_steps.STEPS]
        assert [f"{100 * y:.1f}" for y in ys(parsing)] == las
        untrained, *_ = (line for line in axes.lines if xs(line) == [UNTRAINED])
        assert f"{100 * ys(untrained)[0]:.1f}" == record.value(f"{row}_500", "las", None, "random")
    for line, row in zip(perplexities.lines, over_steps.ROWS, strict=True):
        means = [record.plain(f"{row}_{step}", "dev_perplexity", None) for step in over_steps.STEPS]
        assert [f"{y:.2f}" for y in ys(line)] == means


def test_the_page_of_pairs_stands_on_whatever_runs_there_are(tmp_path):
    """Made-up runs, whose n-th has ten n per cent of everything."""
    (tmp_path / "tlm.md.jinja").symlink_to(FOLDER / "tlm.md.jinja")
    (tmp_path / "tlm.jsonl").touch()
    assert "Nothing is recorded yet." in page(tmp_path / "tlm.md.jinja")
    for number, name in enumerate(tlm.RUNS):
        lines = [
            kept_result(metric, 0, max(number / 10, 0.05) * (model == "trained"), model=model)
            for model in ("trained", "random")
            for metric in (
                *(f"p@1_{space}_forward" for space in ("raw", "centred", "procrustes")),
                "cka_debiased",
                "cka_permuted",
            )
        ]
        lines.append(kept_result("lexical_p@1_forward", None, 0.4, model="lexical"))
        append_results(tmp_path / f"{name}-0" / FILE_NAME, lines)
        keep("tlm", {f"{name}-0": tmp_path / f"{name}-0"}, folder=tmp_path)
        made = page(tmp_path / "tlm.md.jinja")

    assert "| 100 | 10.0 L0 | 10.0 L0 |" in made
    assert "| untrained | 0.0 L0 |" in made
    assert "| as much again | 100 | 100 |" in made
    assert "| as far as shared pieces | over 4,000 |" in made

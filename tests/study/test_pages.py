"""The pages of a made-up study: every number leads to the measurements that it comes from."""

import csv
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from mlm_xling.config import Config
from mlm_xling.locks import lock_file
from mlm_xling.outcomes import write_outcomes
from mlm_xling.results import FILE_NAME, append_results
from mlm_xling.study.cell import RECORD, Cell, Stage
from mlm_xling.study.definition import Study
from mlm_xling.study.report import write_study_report
from tests.reports.made_up import PNG
from tests.study.made_up import ITEMS, by_item, hits_of, result

STUDY = Study(
    config="configs/demo.py",
    rows=("default", "no_anchors", "sep_emb"),
    pairs=("a-b", "a-d"),
    seeds=(0, 1),
    evaluators=("parsing", "cka", "retrieval"),
    settings={"training.steps": 7},
    of_row={"no_anchors": {"optimizer.learning_rate": 5e-4}},
    beside=("monolingual",),
    notes=("Names are easy.",),
    file="configs/studies/made_up.py",
)
SHARES = {"default": 0.8, "no_anchors": 0.7, "sep_emb": 0.5, "monolingual": 0.4}


def done(folder, pair: str, row: str, seed: int) -> Cell:
    """A cell whose stages are noted as done, with results and outcomes on disk."""
    measuring = {"probes": ("cka", "retrieval"), "parsing": ("parsing",)}
    stages = [Stage("pretrain", (), "pretrain")]
    stages += [Stage(name, (), name, asked) for name, asked in measuring.items()]
    if seed == 0:
        stages.append(Stage("untrained_parsing", (), "new", ("parsing",), untrained=True))
    cell = Cell(pair, row, seed, folder / pair / row / str(seed), tuple(stages), f"{pair} {row}")
    for stage in stages:
        cell.finish(stage, 60.0)
    shown = {"target": pair[-1], "seed": seed}
    share = SHARES[row] + 0.05 * seed
    las = [
        result("las", hits_of(value).mean(), model=model, **shown, n=ITEMS)
        for model, value in (("trained", share), ("random", 0.1))
        if row != "monolingual" and (model == "trained" or seed == 0)
    ]
    layered = [
        result(metric, value + 0.1 * layer * share, layer=layer, evaluator=name, **shown)
        for name, metric, value in (
            ("cka", "cka_debiased", 0.3),
            ("retrieval", "p@1_procrustes_forward", 0.2),
            ("retrieval", "p@1_procrustes_backward", 0.3),
        )
        for layer in (0, 1)
    ]
    during = [
        result(metric, value * step / 10, layer=1, evaluator=name, **shown | {"step": step})
        for name, metric, value in (
            ("cka", "cka_debiased", 0.4),
            ("retrieval", "p@1_raw_forward", share),
        )
        for step in (1, 2)
    ]
    perplexity = [
        result("dev_perplexity", 9.0 - step, evaluator="perplexity", source=name, target=name,
               step=step, seed=seed)
        for step in (1, 2)
        for name in pair.split("-")
    ]  # fmt: skip
    append_results(cell.folder / FILE_NAME, [*during, *perplexity, *las, *layered])
    shares = {"trained": share, "random": 0.1}
    write_outcomes(cell.folder, [by_item(one, hits_of(shares[one.model])) for one in las])
    return cell


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The folder of the report; one run has failed, another is not done."""
    folder = tmp_path_factory.mktemp("study")
    cells = [
        done(folder, pair, row, seed)
        for row in SHARES
        for pair in STUDY.pairs
        for seed in STUDY.seeds
    ]
    cells = [replace(cell, config=of_row(cell)) for cell in cells]
    failed, waiting = (
        Cell("a-b", "sep_emb", seed, folder / "left" / str(seed), cells[0].stages)
        for seed in (2, 3)
    )
    failed.fail(failed.stages[0], "no such text")
    page = write_study_report(STUDY, [*cells, failed, waiting], folder)
    assert page is not None
    return page.parent


def of_row(cell: Cell) -> Config:
    config = Config()
    if cell.row == "sep_emb":
        config.vocabulary.kind, config.model.private = "disjoint", ("embeddings", "layer_1")
        config.data.code_switching.probability = 0.3
    return config


def lines(path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_every_mean_is_that_of_the_measurements_it_names(report):
    results = lines(report / "results.csv")
    means = [line for line in lines(report / "statistics.csv") if line["what"] == "mean"]

    assert len(means) > 30
    for line in means:
        named = [results[int(i) - 2] for i in line["lines of results.csv"].split()]
        values = [float(one["value"]) for one in named]
        assert float(line["value"]) == pytest.approx(sum(values) / len(values)), line
        assert {(one["row"], one["pair"]) for one in named} == {(line["row"], line["place"])}


def test_the_page_says_how_its_runs_were_made(report):
    text = (report / "report.md").read_text()

    assert "Made by: python run_study.py --study=configs/studies/made_up.py" in text
    assert "Settings of all runs beside those of configs/demo.py: training.steps=7." in text
    assert "Settings of no_anchors beside" in text


def test_a_line_of_statistics_bears_its_number(report):
    statistics = (report / "statistics.csv").read_text().splitlines()

    assert all(text.startswith(f"{number},") for number, text in enumerate(statistics[1:], 2))


def test_every_link_of_the_page_leads_somewhere(report):
    page = (report / "index.html").read_text()
    text = (report / "report.md").read_text()

    anchors = set(re.findall(r'<tr id="(L\d+)"', page))
    leads = re.findall(r'href="#(L\d+)"', page)
    assert len(leads) > 30
    assert set(leads) <= anchors
    assert re.findall(r"statistics\.csv\?plain=1#(L\d+)", text) == leads
    assert len(anchors) == len(lines(report / "statistics.csv"))


def test_the_page_needs_no_other_file_and_the_text_has_its_pictures(report):
    page, text = (report / "index.html").read_text(), (report / "report.md").read_text()
    pictures = set(re.findall(r"\]\(([\w-]+\.png)\)", text))

    assert pictures == {path.name for path in report.glob("*.png")}
    assert all((report / name).read_bytes().startswith(PNG) for name in pictures)
    assert {"transfer.png", "emergence.png", "retrieval-a-b.png", "cka-a-d.png"} <= pictures
    assert page.count("data:image/png;base64,") == len(pictures)
    assert "prefers-color-scheme: dark" in page


def test_what_failed_and_what_is_left_is_told(report):
    text = (report / "report.md").read_text()

    assert text.startswith("# 16 of 18 runs\n")
    assert "a-b/sep_emb/2: pretrain: no such text" in text
    assert "not done yet: a-b/sep_emb/3" in text


def test_what_a_run_has_measured_is_there_before_the_rest_is(tmp_path):
    cells = [done(tmp_path, "a-b", row, seed) for row in SHARES for seed in STUDY.seeds]
    first, *others = cells
    *stages, parsing, untrained = first.stages
    asked_anew = replace(parsing, fingerprint="other")
    cells = [replace(first, stages=(*stages, asked_anew, untrained)), *others]

    write_study_report(STUDY, cells, tmp_path)

    text = (tmp_path / "report" / "report.md").read_text()
    assert text.startswith("# 7 of 8 runs, and 1 in part\n")
    assert "not done yet: a-b/default/0 (parsing)" in text
    found = {
        (one["seed"], one["evaluator"], one["model"])
        for one in lines(tmp_path / "report" / "results.csv")
        if one["row"] == "default"
    }
    of_first = {(evaluator, model) for seed, evaluator, model in found if seed == "0"}
    assert ("parsing", "trained") not in of_first
    assert {("parsing", "random"), ("cka", "trained")} <= of_first
    assert ("1", "parsing", "trained") in found


def test_what_was_measured_untrained_before_seeds_changed_places_does_not_count(tmp_path):
    first, second, *others = [
        done(tmp_path, "a-b", row, seed) for row in SHARES for seed in STUDY.seeds
    ]
    moved = replace(first, stages=second.stages), replace(second, stages=first.stages)

    write_study_report(STUDY, [*moved, *others], tmp_path)

    measured = lines(tmp_path / "report" / "results.csv")
    assert first.row == "default"
    assert {one["row"] for one in measured if one["model"] == "random"} == {"no_anchors", "sep_emb"}


def test_words_that_training_was_given_are_not_taken_for_held_out_ones(tmp_path):
    cells = [done(tmp_path, "a-b", row, seed) for row in SHARES for seed in STUDY.seeds]
    cells = [replace(cell, config=of_row(cell)) for cell in cells]
    for cell in cells:
        shown = {"evaluator": "lexicon", "layer": 1, "target": "b", "seed": cell.seed}
        append_results(cell.folder / FILE_NAME, [result("word_p@1_other", 0.5, **shown)])

    write_study_report(replace(STUDY, evaluators=("lexicon", "cka")), cells, tmp_path)

    text = (tmp_path / "report" / "report.md").read_text()
    assert text.count("Not held out in sep_emb: ") == 1, "its text has translations (of_row)"


def test_a_report_waits_for_another_and_has_what_is_done_by_then(tmp_path):
    cells = [done(tmp_path, "a-b", "default", seed) for seed in STUDY.seeds]
    record = cells[1].folder / RECORD
    unfinished = record.rename(tmp_path / "unfinished")

    with ThreadPoolExecutor() as threads:
        with lock_file(tmp_path / ".report.lock", lambda _: None):
            waiting = threads.submit(write_study_report, STUDY, cells, tmp_path)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            unfinished.rename(record)
        waiting.result()

    assert (tmp_path / "report" / "report.md").read_text().startswith("# 2 of 2 runs\n")


def test_a_run_with_a_damaged_file_of_results_is_told_and_the_others_are_reported(tmp_path):
    cells = [done(tmp_path, "a-b", row, seed) for row in SHARES for seed in STUDY.seeds]
    with (cells[0].folder / FILE_NAME).open("a") as file:
        file.write("{}\n")

    write_study_report(STUDY, cells, tmp_path)

    text = (tmp_path / "report" / "report.md").read_text()
    assert text.startswith("# 7 of 8 runs\n")
    assert re.search(r"a-b/default/0 is left out: .*results\.jsonl:\d+", text)


def test_claims_are_decided_or_said_not_to_be_tested(report):
    text = (report / "report.md").read_text()

    assert re.search(r"\*\*(reproduced|not reproduced|undecided)\*\* \|", text)
    assert re.search(
        r"\| \*\*5. Private layers, the lowest three eighths.*\*\*not tested\*\* \|", text
    )


def test_what_readers_must_know_of_the_data_is_told_first(report):
    assert "> **Warning:** Names are easy.\n" in (report / "report.md").read_text()[:200]


def test_every_row_is_described(report):
    text = (report / "report.md").read_text()

    assert "| default | joint | nothing | – |\n" in text
    assert "| sep_emb | disjoint | embeddings, layer 1 of 8 | 30% of words replaced by" in text


def test_the_runs_are_described_in_one_table(report):
    text = (report / "report.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| no_anchors | a-d |"))

    assert len(re.findall(r"\[7\.00\]", row)) == 2, "perplexities of both languages"
    assert "[60]" in row


def test_of_a_study_in_parts_the_report_is_of_the_rows_and_pairs_that_there_are(tmp_path):
    cells = [
        done(tmp_path, "a-b", row, seed) for row in ("default", "sep_emb") for seed in STUDY.seeds
    ]
    waiting = [
        Cell(pair, row, 0, tmp_path / pair / row / "none", (Stage("pretrain", (), ""),))
        for pair in ("a-b", "a-d")
        for row in STUDY.rows
    ]

    write_study_report(STUDY, [*cells, *waiting], tmp_path)

    text = (tmp_path / "report" / "report.md").read_text()
    assert "not done yet: a-b/default/0, " in text
    assert "a-d/no_anchors/0 and 1 more; rows and pairs without a run are left out" in text
    assert re.search(r"\| Default minus Sep Emb \(a-b only\) \| reproduced \| \[0\.300\]", text)
    assert "no_anchors |" not in text
    assert " a-d" not in text.partition("## Findings")[2]

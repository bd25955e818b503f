"""The program itself, in a process of its own."""

import json
import shutil
from pathlib import Path

import pytest

from tests.forked import Ended, Program

PROGRAM = """
import runpy, sys
try:
    runpy.run_path("run_eval.py", run_name="__main__")
finally:
    print("loaded", *{"tensorflow", "seqio"} & set(sys.modules), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def workdir(saved_run, tmp_path_factory):
    """A copy, as results are written there."""
    return Path(shutil.copytree(saved_run, tmp_path_factory.mktemp("copied") / "run"))


def run(*flags: str) -> Ended:
    return Program("run_eval.py", *flags, code=PROGRAM).end()


def test_results_report_and_table_are_made_without_tensorflow(workdir):
    done = run(f"--workdir={workdir}", "--evaluators=cka,retrieval", "--config.evaluation.pairs=10")

    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "loaded"
    lines = [json.loads(line) for line in (workdir / "results.jsonl").open()]
    assert {(line["model"], line["step"], line["n"]) for line in lines} == {
        ("trained", 3, 10),
        ("random", 0, 10),
        ("lexical", 0, 10),
        ("spelling", 0, 10),
        ("random_target", 3, 10),
    }
    assert {"index.html", "report.md", "layers.png"} <= {
        path.name for path in (workdir / "report").iterdir()
    }
    assert "Sentences and their neighbours: en-fr" in (workdir / "report/report.md").read_text()
    assert "en-fr" in done.stdout


def test_two_models_are_compared_and_their_dictionary_looked_up(workdir, tmp_path):
    (tmp_path / "en-fr.txt").write_text("de da\nki ki\n")

    done = run(
        f"--workdir={workdir}",
        f"--target_workdir={workdir}",
        f"--output={tmp_path / 'both'}",
        "--evaluators=retrieval,lexicon",
        f"--config.data.dictionary={tmp_path}",
    )

    assert done.returncode == 0, done.stderr
    results = tmp_path / "both" / "results.jsonl"
    lines = [json.loads(line) for line in results.open()]
    assert {(line["source"], line["target"]) for line in lines if line["layer"]} >= {
        ("en", "en'"),
        ("en", "fr"),
    }
    assert "word_coverage" in {line["metric"] for line in lines}
    assert "p@1_procrustes_forward" in {line["metric"] for line in lines}


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--config.data.paralel=x.tsv", "paralel"),
        ("--evaluators=ckaa", "known are cka, similarity"),
        ("--workdir=nowhere", "checkpoint"),
        ("--target_workdir=runs/fr", "--output: say where results of two models go"),
        ("--evaluators=lexicon", "which would be en-fr.tsv"),
    ],
)
def test_mistakes_are_told_in_one_line_with_status_two(workdir, flag, message):
    done = run(f"--workdir={workdir}", flag)

    assert done.returncode == 2
    error, _loaded = done.stderr.strip().splitlines()
    assert error.startswith("error: ")
    assert message in error

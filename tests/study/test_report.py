"""A study from end to end: two rows, two seeds of tiny models, one of which fails at first."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
STUDY = """
from mlm_xling.study.definition import Study

STUDY = Study(
    config="configs/demo.py",
    rows=("default", "wiki_cc"),
    pairs=("a-b",),
    seeds=(0, 1),
    evaluators=("retrieval",),
    settings={
        "training.steps": 2,
        "training.groups": 1,
        "training.batch_size": 2,
        "model.layers": 1,
        "lab.sentences": 400,
        "lab.parallel_rows": 60,
        "lab.labelled": 10,
        "lab.nli_pairs": 10,
        "vocabulary.size": 400,
        "evaluation.pairs": 20,
        "evaluation.fit_pairs": 16,
    },
)
"""


def run(folder: Path, *flags: str, within: Path = ROOT) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "run_study.py", f"--study={folder / 'study.py'}"]
    command += [f"--workdir={folder / 'runs'}", "--jobs=2", *flags]
    return subprocess.run(command, cwd=within, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("change", "flags", "said"),
    [
        (('"retrieval"', '"retreival"'), ["--dry_run"], "unknown evaluator 'retreival'"),
        (("", ""), ["--only="], "--only: no run is named"),
        (("", ""), ["--plan=v9:1"], "--plan=v9: no such chip"),
        (("", ""), ["--plan=h100:2", "--price=nan"], "--price=nan: must be a number above 0"),
        (("", ""), ["--price=2"], "--price: has no effect without --plan"),
        (("", ""), ["--plan=h100:1", "--commands"], "only one of --plan, --dry_run and --commands"),
    ],
)
def test_a_slip_is_told_before_anything_runs_wherever_it_is_typed(tmp_path, change, flags, said):
    (tmp_path / "study.py").write_text(STUDY.replace(*change))

    ended = run(tmp_path, *flags, within=tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert not (tmp_path / "runs" / "a-b").exists()


def test_a_plan_needs_no_device_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    (tmp_path / "study.py").write_text(STUDY)

    ended = run(tmp_path, "--plan=h100:1", "--price=3")

    assert ended.returncode == 0, ended.stderr
    assert "4 of 4 runs are to be trained" in ended.stdout
    assert not (tmp_path / "runs").exists()


def test_a_study_for_chips_tells_their_cost_before_it_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "none")  # Inherited by the run, which therefore fails.
    (tmp_path / "study.py").write_text(STUDY.replace("seeds=", 'chips="h100:1",\n    seeds='))

    ended = run(tmp_path, "--only=a-b/default/0", "--price=3")

    told = ended.stdout
    assert ended.returncode == 1
    assert told.index("1 of 1 runs are to be trained: ") < told.index("1 of 1 runs are left")
    assert re.search("failed a-b/default/0: pretrain: .*none", told)


def test_a_study_whose_chips_cannot_be_planned_starts_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "none")
    (tmp_path / "study.py").write_text(STUDY.replace("seeds=", 'chips="h100:8",\n    seeds='))

    ended = run(tmp_path, "--only=a-b/default/0")

    assert "does not make 8 devices" in ended.stderr or "not divisible by the 8" in ended.stderr
    assert "1 of 1 runs are left" in ended.stdout


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of a study one of whose cells could not be written, and what the program said."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.py").write_text(STUDY)
    broken = folder / "runs" / "a-b" / "default" / "1"
    broken.mkdir(parents=True)
    (broken / "checkpoints").write_text("in the way")
    return folder, run(folder)


def test_a_failed_cell_is_told_and_the_others_are_reported(done):
    folder, ended = done
    text = (folder / "runs" / "report" / "report.md").read_text()

    assert ended.returncode == 1, ended.stderr
    assert re.search(r"failed a-b/default/1: pretrain: .*checkpoints", ended.stdout)
    assert "3 of 4 runs" in text
    assert re.search(r"\*\*Warning:\*\* a-b/default/1: pretrain: ", text)
    assert re.search(r"\| default \| 1 \|", text)
    assert re.search(r"\| wiki_cc \| 2 \|", text)


def test_every_measurement_is_a_line_of_the_csv(done):
    folder, _ = done
    with (folder / "runs" / "report" / "results.csv").open() as file:
        lines = list(csv.DictReader(file))

    measured = {(line["row"], line["seed"]) for line in lines if line["evaluator"] == "retrieval"}
    assert measured == {("default", "0"), ("wiki_cc", "0"), ("wiki_cc", "1")}
    evaluators = {"retrieval", "description", "perplexity", "study"}
    assert {line["evaluator"] for line in lines} == evaluators


def test_the_same_command_does_what_is_left(done):
    folder, _ = done
    (folder / "runs" / "a-b" / "default" / "1" / "checkpoints").unlink()
    before = (folder / "runs" / "a-b" / "default" / "0" / "cell.json").read_bytes()

    listed = run(folder, "--commands").stdout
    ended = run(folder)

    assert re.findall("--only=(.*)", listed) == ["a-b/default/1"]
    assert ended.returncode == 0, ended.stdout
    assert "4 of 4 runs" in (folder / "runs" / "report" / "report.md").read_text()
    assert (folder / "runs" / "a-b" / "default" / "0" / "cell.json").read_bytes() == before
    streams = (folder / "runs" / "cache" / "streams").iterdir()
    assert len([path for path in streams if path.is_dir()]) == 2, "seeds share the corpus of a row"

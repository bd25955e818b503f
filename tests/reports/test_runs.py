"""What a report calls the runs that stand side by side."""

from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from mlm_xling.reports.page import write_report
from mlm_xling.reports.runs import name_runs
from mlm_xling.results import FILE_NAME, append_results
from tests.reports.test_page import measured


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["/a/en-fr"], ["en-fr"]),
        (["/a/en-fr", "/a/en-de"], ["en-fr", "en-de"]),
        (["/a/en-fr", "/b/en-fr", "/c/en-fr"], ["a/en-fr", "b/en-fr", "c/en-fr"]),
        (["/a/x/en-fr", "/b/x/en-fr", "/b/en-de"], ["a/x/en-fr", "b/x/en-fr", "/b/en-de"]),
        (["/a", "/b/a"], ["/a", "b/a"]),
    ],
)
def test_runs_go_by_as_much_of_their_path_as_tells_them_apart(folders, names):
    paths = list(map(Path, folders))

    assert name_runs(paths) == dict(zip(names, paths, strict=True))


def test_a_run_is_not_compared_with_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="run is listed twice"):
        name_runs([tmp_path / "run", Path("other/../run")])


def test_runs_of_one_name_all_keep_their_own_figures(tmp_path):
    for place, value in (("a", 0.125), ("b", 0.25), ("c", 0.375)):
        result = measured("accuracy", None, value, evaluator="nli")
        append_results(tmp_path / place / "en-fr" / FILE_NAME, [result])
    mine, *others = (tmp_path / place / "en-fr" for place in "abc")

    write_report(mine, beside=others, baseline="c/en-fr")

    text = (mine / "report" / "report.md").read_text()
    assert "| a/en-fr | 12.5 (n=1,000) | -25.0 |" in text
    assert "| b/en-fr | 25.0 (n=1,000) | -12.5 |" in text
    assert "| c/en-fr | 37.5 (n=1,000) | +0.0 |" in text


def test_the_papers_number_stands_beside_runs_of_one_name(tmp_path):
    for place in "ab":
        result = measured("accuracy", None, 0.5, evaluator="nli")
        append_results(tmp_path / place / "sep_emb" / FILE_NAME, [result])

    write_report(tmp_path / "a" / "sep_emb", beside=[tmp_path / "b" / "sep_emb"])

    text = (tmp_path / "a" / "sep_emb" / "report" / "report.md").read_text()
    assert text.count("50.0 (n=1,000) [") == 2


def test_a_baseline_without_any_table_is_refused(tmp_path):
    append_results(tmp_path / FILE_NAME, [measured()])

    with pytest.raises(InputError, match="baseline=x: nothing is fine-tuned"):
        write_report(tmp_path, baseline="x")

"""Notebooks run from top to bottom, with settings for seconds, and are kept without outputs."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from mlm_xling.results import FILE_NAME, read_results

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS = """
ROWS = ("default", "sep_l1_3")  # of one vocabulary
PAIRS, FIT_PAIRS, STEPS, SENTENCES = 16, 16, 2, 400
FLAGS = (
    "--config.lab.parallel_rows=60 --config.vocabulary.size=300 --config.model.layers=2"
    " --config.model.width=16 --config.model.mlp=32"
)
"""
"""What takes the place of the parameters."""


def is_parameters(cell) -> bool:
    return "parameters" in cell.metadata.get("tags", ())


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Where the output of all of them goes, with a space as Google Drive has it.

    The text of the lab is prepared once.
    """
    return tmp_path_factory.mktemp("My Drive")


@pytest.fixture(scope="module")
def run(output):
    """Runs a notebook where Jupyter would, and returns its cells."""

    def run(name, changes=""):
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        (cell,) = filter(is_parameters, notebook.cells)
        cell.source += f"\n{SECONDS}\nOUTPUT = {str(output)!r}\n{changes}"
        place = {"metadata": {"path": str(ROOT / "notebooks")}}
        NotebookClient(notebook, timeout=900, resources=place).execute()
        return {cell.id: cell for cell in notebook.cells}

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(output / "ipython"))
        yield run


@pytest.fixture(scope="module")
def probed(run):
    """The cells of the quick probe."""
    return run("quick_probe")


def pictures(cell) -> int:
    return sum("image/png" in output.get("data", {}) for output in cell.outputs)


@pytest.mark.slow
def test_the_quick_probe_ends_with_pictures_and_a_report(probed, output):
    results = read_results(output / FILE_NAME)
    assert {result.evaluator for result in results} >= {"cka", "retrieval", "lexicon"}
    assert (pictures(probed["layers"]), pictures(probed["map"])) == (1, 1)
    (shown,) = probed["report"].outputs
    assert "What emerged: a-b" in shown["data"]["text/html"]


@pytest.mark.slow
def test_a_model_of_other_settings_is_not_measured_in_their_place(probed, run, output):
    before = read_results(output / FILE_NAME)

    with pytest.raises(CellExecutionError, match="other settings need another OUTPUT"):
        run("quick_probe", "SENTENCES = 500")

    assert read_results(output / FILE_NAME) == before


@pytest.mark.slow
def test_two_rows_end_in_one_table_and_in_figures_of_both(run, output):
    cells = run("table1_row")

    (table,) = cells["compare"].outputs
    assert table["text"].split()[:4] == ["default", "untrained", "sep_l1_3", "untrained"]
    assert len(table["text"].splitlines()) == 4
    assert pictures(cells["see"]) == 2
    assert read_results(output / "sep_l1_3" / FILE_NAME)


def test_another_model_is_measured_in_another_folder():
    notebook = nbformat.read(ROOT / "notebooks" / "quick_probe.ipynb", as_version=4)
    (cell,) = filter(is_parameters, notebook.cells)
    folders = []
    for model in ("lab", "hf:some/base", "hf:other/base"):
        exec(cell.source.replace('"lab"', repr(model)), settings := {})
        folders.append(settings["OUTPUT"])

    assert folders[:2] == ["runs/quick_probe/lab", "runs/quick_probe/some-base"]
    assert len(set(folders)) == 3


def test_there_are_two():
    assert [path.stem for path in NOTEBOOKS] == ["quick_probe", "table1_row"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_installed_is_skipped_where_everything_is_there(path):
    """No cell but the first installs anything, and that one only what is missing."""
    notebook = nbformat.read(path, as_version=4)
    installs = [cell for cell in notebook.cells if "pip install" in cell.source]

    assert [cell.id for cell in installs] == ["install"]
    assert "find_spec" in installs[0].source
    assert sys.prefix not in path.read_text()

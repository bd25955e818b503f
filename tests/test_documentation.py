"""The documents tell the truth: their code, links, pictures and names of fields."""

import ast
import importlib
import re
import subprocess
import sysconfig
from functools import reduce
from pathlib import Path

import numpy as np
import pytest

from mlm_xling.config import Config
from mlm_xling.config.reference import reference
from mlm_xling.evaluation.descriptor import Evaluator
from mlm_xling.evaluation.evaluators import PROBES
from mlm_xling.evaluation.finetuning.task import Task
from mlm_xling.evaluation.probes.language_identity import told_apart
from tests.documents import DOCUMENTS, ROOT, blocks, named


@pytest.mark.parametrize("place", list(blocks("python")), ids=named)
def test_code_imports_what_there_is(place):
    for node in ast.walk(ast.parse(place[1])):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mlm_xling"):
            module = importlib.import_module(str(node.module))
            assert all(hasattr(module, alias.name) for alias in node.names)


@pytest.mark.parametrize(
    ("page", "name", "kind"),
    [("add-an-evaluator.md", "EVALUATOR", Evaluator), ("add-a-task.md", "TASK", Task)],
)
def test_a_worked_example_defines_what_the_registry_wants(page, name, kind):
    first, *_ = (block for path, block in blocks("python") if path.name == page)
    defined: dict = {"__name__": "example"}

    exec(compile(first, page, "exec"), defined)

    assert isinstance(defined[name], kind)


def test_the_line_of_an_added_evaluator_stands_in_the_registry():
    _, line = (block for path, block in blocks("python") if path.name == "add-an-evaluator.md")
    defined: dict = {}

    exec(line, defined)

    assert defined["PROBES"][-1] in PROBES


def test_the_worked_evaluator_computes_what_the_module_does():
    code, _ = (block for path, block in blocks("python") if path.name == "add-an-evaluator.md")
    defined: dict = {"__name__": "example"}
    exec(code, defined)
    x, y = np.random.default_rng(0).normal([[[0.0]], [[0.7]]], [[[1.0]], [[3.0]]], (2, 60, 4))

    assert 0.5 < told_apart(x, y).mean() < 1
    np.testing.assert_array_equal(defined["told_apart"](x, y), told_apart(x, y))


@pytest.mark.parametrize("place", list(blocks("python")), ids=named)
def test_code_is_written_as_the_checks_want_it(place):
    """Imports sorted, nothing unused, and formatted; names of the text around may be missing."""
    ruff = [Path(sysconfig.get_path("scripts")) / "ruff"]
    shown = {"input": place[1], "cwd": ROOT, "text": True, "capture_output": True}

    checked = subprocess.run([*ruff, "check", "--ignore=F821", "-"], **shown)
    formatted = subprocess.run([*ruff, "format", "--diff", "-"], **shown)

    assert (checked.returncode, formatted.returncode) == (0, 0), checked.stdout + formatted.stdout


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_fields_that_are_named_exist(path):
    named = r"(?<![\w.])config\.(?!json\b)([a-z_0-9]+(?:\.[a-z_0-9]+)*)"
    for dotted in re.findall(named, path.read_text()):
        reduce(getattr, dotted.split("."), Config())


def headings(path: Path) -> set[str]:
    """The anchors of a document, made of its headings as GitHub does."""
    if path.suffix == ".csv":  # Of a table a link names a line.
        return {f"L{number}" for number, _ in enumerate(path.read_text().splitlines(), 1)}
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        file = file.removesuffix("?plain=1")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        assert not anchor or anchor in headings(linked), target


def test_the_page_of_all_fields_is_the_one_made_of_them():
    assert (ROOT / "docs" / "reference.md").read_text() == reference()


def test_the_readme_can_be_read_in_a_few_minutes():
    assert len((ROOT / "README.md").read_text().splitlines()) < 150

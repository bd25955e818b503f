"""The documents tell the truth: commands, code, links and the reference of all fields."""

import importlib
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlm_xling.config import Config
from mlm_xling.config.checks import resolve
from mlm_xling.config.overrides import override
from mlm_xling.config.reference import reference
from mlm_xling.evaluation.evaluators import find_evaluators

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN = {
    "for ": "a shell loop; the commands in it are looked at",
    "JAX_COORDINATOR_ADDRESS": "tests/training/test_hosts.py runs two hosts",
}
"""How a command begins that is not looked at, and why."""


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yields (where, text) of every block of code in a language."""
    for path in DOCUMENTS:
        for found in re.finditer(rf"```{language}\n(.*?)```", path.read_text(), re.DOTALL):
            yield f"{path.relative_to(ROOT)}:{found.start()}", found[1]


def commands() -> Iterator[tuple[str, str]]:
    """Yields (where, command) of shell blocks, continued lines joined, comments left out."""
    for where, text in blocks("sh"):
        for number, line in enumerate(text.replace("\\\n", " ").splitlines()):
            command = line.partition("#")[0].strip()
            if command and command not in ("done", "done; wait"):
                yield f"{where}:{number}", command


def named(pairs: Iterator[tuple[str, str]]) -> list:
    """Parameters of a test."""
    return [pytest.param(text, id=where) for where, text in pairs]


def flags_of(words):
    """Flags by name; the fields of the configuration by their dotted name."""
    pairs = (word.removeprefix("--").partition("=")[::2] for word in words)
    flags = {name: value or "true" for name, value in pairs}
    fields = {name[7:]: value for name, value in flags.items() if name.startswith("config.")}
    return flags, fields


def typed(config, fields):
    """Values of the command line as of the fields' types."""
    values = {}
    for name, text in fields.items():
        value = config
        for part in name.split("."):
            value = getattr(value, part)
        if isinstance(value, tuple):
            values[name] = (text,)
        elif isinstance(value, bool):
            values[name] = text == "true"
        else:
            values[name] = type(value)(text)
    return values


def check_pretrain(words):
    flags, fields = flags_of(words)
    path, _, argument = flags["config"].partition(":")
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    config = module.get_config(*filter(None, [argument.replace("$row", "default")]))
    for name, value in typed(config, fields).items():
        *sections, last = name.split(".")
        holder = config
        for section in sections:
            holder = getattr(holder, section)
        setattr(holder, last, value)
    resolve(config)
    assert "workdir" in flags


def check_eval(words):
    flags, fields = flags_of(words)
    find_evaluators(flags["evaluators"].split(","))
    config = Config()
    config.data.text_dir = "text"
    override(config, typed(config, fields))
    assert "workdir" in flags


@pytest.mark.parametrize("command", named(commands()))
def test_every_command_can_be_run(command):
    words = shlex.split(command.removesuffix("&"))
    if words[:2] == ["python", "run_pretrain.py"]:
        check_pretrain(words[2:])
    elif words[:2] == ["python", "run_eval.py"]:
        check_eval(words[2:])
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2])
    elif words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    else:
        assert any(command.startswith(beginning) for beginning in NOT_RUN), command


@pytest.mark.parametrize("code", named(blocks("python")))
def test_code_compiles_and_imports_what_there_is(code):
    compile(code, "document", "exec")
    for module, names in re.findall(r"^from (mlm_xling[\w.]*) import (.+)$", code, re.MULTILINE):
        for name in names.split(","):
            assert hasattr(importlib.import_module(module), name.strip())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_images_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_the_reference_of_all_fields_is_current():
    assert (ROOT / "docs" / "reference.md").read_text() == reference()


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def test_what_is_not_run_stands_in_the_documents():
    everything = [command for _, command in commands()]
    for beginning in NOT_RUN:
        assert any(command.startswith(beginning) for command in everything), beginning

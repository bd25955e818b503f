"""The programs as users start them, in this process: starting another takes seconds."""

import contextlib
import io
import re
import runpy
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from absl import app, flags

from tests.data_fixtures import ROOT

app.define_help_flags()
_OURS = re.compile(
    r"config(\..*)?|(target_)?workdir|output|evaluators|checkpoint|models|beside|baseline|plan|price|to"
)
"""Flags that the programs define; libraries define others, some when they are first used."""


class Ended(NamedTuple):
    """How a program ended."""

    status: object
    out: str
    error: str


def run_here(monkeypatch: pytest.MonkeyPatch, program: str, *words: str) -> Ended:
    """Runs `run_eval.py`, or a module like `tasks.lab.show`, on the words of its command line.

    The working directory is the caller's; paths of `configs/` are those of this project.
    """
    for name in filter(_OURS.fullmatch, list(flags.FLAGS)):
        delattr(flags.FLAGS, name)
    flags.FLAGS.unparse_flags()
    sys.modules.pop("config_config", None)
    monkeypatch.setattr(sys, "argv", [program, *words])
    out, error = io.StringIO(), io.StringIO()
    kept = signal.getsignal(signal.SIGTERM)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            if program.endswith(".py"):
                runpy.run_path(str(ROOT / program), run_name="__main__")
            else:
                monkeypatch.delitem(sys.modules, program, raising=False)
                # What `runpy` compiles here has checks of shapes, which no other process knows.
                monkeypatch.setattr(sys, "dont_write_bytecode", True)
                runpy.run_module(program, run_name="__main__", alter_sys=True)
            status = 0
        except SystemExit as end:
            status = end.code
        finally:
            signal.signal(signal.SIGTERM, kept)
    return Ended(status, out.getvalue(), error.getvalue())


def content(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder: files with their bytes, folders with nothing.

    But for what Python keeps of a configuration that it has read.
    """
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }

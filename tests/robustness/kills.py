"""Processes that are started to be killed, at moments that a fixed seed chooses."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness.stand_in_study import ROOT

KILLS = int(os.environ.get("KILLS", "0"))
"""Asked for by command, `KILLS=100 pytest -o faulthandler_timeout=0 tests/robustness`; a test may
otherwise take ten minutes at most. 0 in the default run, which is short.

That many of each kind, of which some are tried by command alone.
"""
by_command = pytest.mark.skipif(not KILLS, reason="takes minutes; KILLS=20 asks for it")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
chance = pytest.fixture(lambda: random.Random(0), name="chance")


def start(code: str, *arguments: object) -> subprocess.Popen:
    """Starts a program given as code, in the project's root."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said_line(process: subprocess.Popen) -> str:
    """The next line that a process says."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def is_alive(process: int) -> bool:
    """Whether a process, by its number, still does something."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"

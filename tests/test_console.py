"""Every end of a program: its exit status and what it says."""

import re
import subprocess
import sys

import pytest

from tests.data_fixtures import ROOT

PROGRAM = """
import errno, os
from mlm_xling.console import run_program
from mlm_xling.errors import DivergedError, InputError

def run():
    {body}

run_program(run)
"""


def ended(command: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def program(body: str) -> subprocess.CompletedProcess:
    """A program that does what `body` says."""
    return ended(["-c", PROGRAM.format(body=body)])


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("InputError('config.x: wrong')", 2, "error: config.x: wrong\n"),
        ("DivergedError('step 7: loss nan')", 1, "error: step 7: loss nan\n"),
        ("OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))", 2, "error: no space left .*\n"),
        ("ValueError('writing: No space left on device [x]')", 2, "error: no space left .*\n"),
        ("KeyboardInterrupt", 130, "error: interrupted; the same command goes on .*\n"),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, status, message):
    done = program(f"raise {error}")

    assert done.returncode == status
    assert re.fullmatch(message, done.stderr)


def test_a_failure_of_ours_shows_where():
    done = program("[][0]")

    assert done.returncode == 1
    assert "in run" in done.stderr
    assert "IndexError" in done.stderr


def test_a_locale_without_the_characters_changes_neither_status_nor_figures(monkeypatch):
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}.items():
        monkeypatch.setenv(name, value)

    done = program("print('\\u2500 fran\\xe7ais 49.4')")

    assert (done.returncode, done.stdout, done.stderr) == (0, "? fran?ais 49.4\n", "")


def test_success_is_silent():
    done = program("pass")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--config must have a value"),
        (["--config=configs/text.py"], "--workdir must have a value"),
        (["--config=configs/none.py", "--workdir=x"], "configs/none.py"),
        (["--config=configs/text.py", "--workdir=x", "--config.modle.width=1"], "modle"),
        (["--config=configs/text.py", "--workdir=x", "--config.model.width=a"], "model.width"),
        (["--config=configs/text.py", "--workdir=x", "--config.model.heads=5"], "model.heads=5"),
        (["--config=configs/text.py", "--workdir=x"], "config.data.text_dir"),
    ],
)
def test_run_pretrain_tells_mistakes_in_one_line(flags, message):
    done = ended(["run_pretrain.py", *flags])

    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr

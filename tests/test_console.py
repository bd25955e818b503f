"""Every end of a program: its exit status and what it says."""

import errno
import os
import re
import subprocess
import sys

import pytest

from mlm_xling import console
from mlm_xling.errors import DivergedError, InputError
from tests.data_fixtures import ROOT


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InputError("config.x: wrong"), 2, "error: config.x: wrong\n"),
        (DivergedError("step 7: loss nan"), 1, "error: step 7: loss nan\n"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 2, "error: no space left .*\n"),
        (ValueError("writing: No space left on device [x]"), 2, "error: no space left .*\n"),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, status, message, capsys):
    def run():
        raise error

    assert console._status(run) == status
    assert re.fullmatch(message, capsys.readouterr().err)


def test_a_failure_of_ours_shows_where(capsys):
    assert console._status(lambda: [][0]) == 1
    assert "IndexError" in capsys.readouterr().err


def test_success_is_silent(capsys):
    assert console._status(lambda: None) == 0
    assert capsys.readouterr().err == ""


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
def test_run_pretrain_tells_mistakes_in_one_line(flags, message, tmp_path):
    command = [sys.executable, "run_pretrain.py", *flags]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr

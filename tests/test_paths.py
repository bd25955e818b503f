"""Paths that libraries can open: characters as UTF-8, wherever they come from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlm_xling.errors import InputError
from mlm_xling.paths import user_path
from tests.data_fixtures import ROOT

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from mlm_xling.errors import InputError
from mlm_xling.paths import user_path
try:
    user_path(sys.argv[2], "--workdir")
except InputError as error:
    print(error)
"""
LOCALES = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
REFUSED = "this locale cannot write all of its characters in UTF-8; set PYTHONUTF8=1"


def told(path: str, folder: Path, environment: dict[str, str]) -> str:
    """What a program says of a path in a folder, in some locale."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), path],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout


@pytest.fixture
def accented(tmp_path: Path) -> Path:
    (tmp_path / "donn\xe9es").mkdir()
    return tmp_path / "donn\xe9es"


def test_a_locale_that_lacks_the_characters_of_a_path_is_told(accented, tmp_path):
    assert REFUSED in told(str(accented), tmp_path, LOCALES)
    assert REFUSED in told("run", accented, LOCALES)
    assert REFUSED in told("~/run", tmp_path, LOCALES | {"HOME": str(accented)})


def test_any_path_will_do_in_utf_8_and_a_plain_one_everywhere(accented, tmp_path):
    assert told(str(accented), tmp_path, {"PYTHONUTF8": "1"}) == ""
    assert told("run", tmp_path, LOCALES) == ""


def test_a_relative_path_is_refused_where_the_folder_around_it_is_not_utf_8(tmp_path, monkeypatch):
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    monkeypatch.chdir(os.fsdecode(folder))

    with pytest.raises(InputError, match=r"--workdir=.*\\udcff/run: not UTF-8; rename it"):
        user_path("run", "--workdir")

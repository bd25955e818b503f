"""Odd command lines that are right are understood as they are written."""

import pytest

from mlm_xling.training import loop
from tests.data_fixtures import ROOT
from tests.robustness.programs import run_here


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """Starts `run_pretrain.py` up to where training would begin: (configuration, workdir)."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    begun = []
    monkeypatch.setattr(loop, "train", lambda config, workdir, _: begun.append((config, workdir)))

    def start(*words: str, file: str = f"{ROOT}/configs/text.py"):
        ended = run_here(monkeypatch, "run_pretrain.py", f"--config={file}", *words)
        assert ended.status == 0, ended.error
        return begun.pop()

    return start


SOURCES = "--config.data.sources=en:c4,fr:wiki40b"


def test_lists_are_split_at_commas_and_not_read_as_python(begun):
    config, _ = begun("--workdir=run", SOURCES, "--config.evaluation.lexicon.only=0x10,1e3,None")

    assert config.data.sources == ("en:c4", "fr:wiki40b")
    assert config.evaluation.lexicon.only == ("0x10", "1e3", "None")


def test_lists_of_numbers_are_numbers(begun):
    config, _ = begun("--workdir=run", SOURCES, "--config.evaluation.nli.batch_sizes=4, 8")

    assert config.evaluation.nli.batch_sizes == (4, 8)


def test_home_is_found_wherever_the_path_stands(begun, tmp_path):
    _, workdir = begun("--workdir=~/run", SOURCES, "--config.data.cache_dir=~/cache")

    assert workdir == tmp_path / "home" / "run"


def test_a_configuration_file_may_be_at_home(begun, tmp_path):
    text = (ROOT / "configs" / "text.py").read_text()
    (tmp_path / "home" / "mine.py").write_text(text.replace("26_400", "7"))

    config, _ = begun("--workdir=run", SOURCES, file="~/mine.py:en-fr/default")

    assert config.training.steps == 7


@pytest.mark.parametrize("name", ["[/x]", "[red]", ":smile:", "a b", "*é*", "a\nb", "-x", "{x}"])
def test_any_name_may_be_that_of_a_workdir(begun, tmp_path, name):
    _, workdir = begun(f"--workdir={tmp_path}/{name}", SOURCES)

    assert workdir == tmp_path / name

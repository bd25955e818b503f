"""Every end of a program: its exit status and what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("PermissionError(errno.EACCES, os.strerror(errno.EACCES), '/x')", "/x: permission denied"),
        ("OSError(errno.EIO, os.strerror(errno.EIO))", "input/output error"),
        ("MemoryError", "the memory is not enough; .*"),
        ("RuntimeError('RESOURCE_EXHAUSTED: Out of memory')", "the memory is not enough; .*"),
        ("RuntimeError(\"Unable to initialize backend 'cuda': no\")", "JAX finds no .*cuda.*"),
    ],
)
def test_what_the_machine_lacks_is_the_users_to_mend(error, message):
    done = program(f"raise {error}")

    assert done.returncode == 2
    assert re.fullmatch(f"error: {message}\n", done.stderr)


def test_a_failure_of_ours_says_so_and_where_the_traceback_is():
    done = program("[][0]")

    assert done.returncode == 1
    told = re.fullmatch(
        r"error: this is a failure of mlm_xling, not yours: IndexError: .* \(in run\); "
        r"please report it with (/.*\.log)\n",
        done.stderr,
    )
    assert told
    log = Path(told[1])
    assert "IndexError" in log.read_text()
    assert "in run\n" in log.read_text()
    log.unlink()


def test_the_traceback_is_kept_in_the_workdir(tmp_path):
    flag = f"from absl import flags; flags.DEFINE_string('workdir', {str(tmp_path)!r}, ''); "
    done = ended(["-c", flag + PROGRAM.format(body="raise RuntimeError('a\\nb')")])

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    (log,) = tmp_path.glob("*.log")
    assert str(log) in done.stderr


def test_sigterm_is_told_as_shells_expect():
    done = program("import signal; os.kill(os.getpid(), signal.SIGTERM)")

    assert done.returncode == 143
    assert re.fullmatch("error: interrupted; the same command goes on .*\n", done.stderr)


def test_an_interrupted_program_does_not_wait_for_its_threads_nor_trip_over_them():
    thread = "threading.Thread(target=lambda: (time.sleep(1), open('no such file')))"
    done = program(f"import threading, time; {thread}.start(); raise KeyboardInterrupt")

    assert done.returncode == 130
    assert re.fullmatch("error: interrupted; .*\n", done.stderr)


def test_a_stop_that_was_told_already_is_silent():
    done = program("from mlm_xling.errors import StoppedError; raise StoppedError(15)")

    assert (done.returncode, done.stderr) == (143, "")


def unread(body: str) -> subprocess.CompletedProcess:
    """A program whose output goes through a buffer into a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM.format(body=body)],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": ""},
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)


@pytest.mark.parametrize("lines", [1, 100_000])
def test_output_that_nobody_reads_any_more_ends_the_program_silently(lines):
    """One line is in the buffer until the end; more find the pipe broken while it runs."""
    done = unread(f"[print(i) for i in range({lines})]")

    assert (done.returncode, done.stderr) == (141, "")


def test_an_interruption_that_also_ends_the_reader_is_told_as_usual():
    done = unread("print(1); raise KeyboardInterrupt")

    assert done.returncode == 130
    assert re.fullmatch("error: interrupted; .*\n", done.stderr)


def test_closed_output_does_not_change_the_status():
    command = [sys.executable, "-c", PROGRAM.format(body="print(1)")]

    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command], cwd=ROOT, stderr=subprocess.PIPE, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_pipe_of_ours_that_breaks_is_no_silent_end():
    done = program("raise BrokenPipeError(errno.EPIPE, 'Broken pipe')")

    assert (done.returncode, done.stderr) == (2, "error: broken pipe\n")


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

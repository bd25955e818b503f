"""Runs work in a separate process, whose libraries and memory are released at its end.

The program reads its settings from standard input and answers with its exit status: 0; 2 with one
line on standard output for bad input; or 1 with a traceback for internal errors.
"""

import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from mlm_xling.bound_process import bound
from mlm_xling.config import TFDS, Config
from mlm_xling.config.stored import from_json, to_json
from mlm_xling.console import what_to_mend
from mlm_xling.data.sources import source_of
from mlm_xling.errors import InputError
from mlm_xling.languages import underived
from mlm_xling.preparation.quiet import answer_channel

_ROOT = Path(__file__).resolve().parents[2]


def run_program(module: str, settings: str) -> None:
    """Runs a module's `main` on settings in the project's root; it ends with this process.

    Raises:
      InputError: the program reported one, or it was killed.
      KeyboardInterrupt: the program was interrupted.
    """
    command = bound([sys.executable, "-m", module])
    run = subprocess.run(
        command, input=settings, stdout=subprocess.PIPE, encoding="utf-8", cwd=_ROOT
    )
    if run.returncode in (130, -signal.SIGINT, -signal.SIGTERM):
        raise KeyboardInterrupt
    if run.returncode == 2:
        raise InputError(run.stdout.strip())
    if run.returncode < 0:
        name = signal.Signals(-run.returncode).name
        raise InputError(
            f"preparation was ended by {name}, most often because the memory was not enough; "
            "the same command starts it again"
        )
    if run.returncode:
        what = run.stdout.strip().rpartition("\n")[2]
        raise RuntimeError(f"{module}: {what}\n{run.stdout}")


def answer(work: Callable[[], None]) -> int:
    """Does the work inside the program, and returns its exit status."""
    with answer_channel() as channel:
        try:
            work()
        except KeyboardInterrupt:
            return 130
        except Exception as error:
            if what := what_to_mend(error):
                print(what, file=channel)
                return 2
            traceback.print_exc(file=channel)
            return 1
    return 0


def as_settings(config: Config) -> str:
    """Makes paths absolute for a program, which may run in another directory."""
    config = from_json(to_json(config))
    data = config.data
    for name in ("text_dir", "parallel", "dictionary", "cache_dir"):
        if value := getattr(data, name):
            setattr(data, name, str(Path(value).expanduser().resolve()))
    sources = {underived(language): source_of(data, language) for language in config.languages}
    data.sources = tuple(
        f"{language}:{source if source in TFDS else Path(source).expanduser().resolve()}"
        for language, source in sources.items()
        if source != data.source
    )
    return to_json(config)

"""Work in a process of its own: its libraries and its memory end with it.

The program takes its settings on the standard input and answers with its exit status: 0, or 2
and one line on the standard output for bad input.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from mlm_xling.config import TFDS, Config
from mlm_xling.config.stored import from_json, to_json
from mlm_xling.data.sources import source_of
from mlm_xling.errors import InputError
from mlm_xling.preparation.quiet import answer_channel

_ROOT = Path(__file__).resolve().parents[2]


def run_program(module: str, settings: str) -> None:
    """Runs the `main` of a module on settings, in the project's root.

    Raises:
      InputError: the program's.
    """
    command = [sys.executable, "-m", module]
    run = subprocess.run(
        command, input=settings, stdout=subprocess.PIPE, encoding="utf-8", cwd=_ROOT
    )
    if run.returncode == 2:
        raise InputError(run.stdout.strip())
    if run.returncode != 0:
        raise RuntimeError(f"{module} ended with status {run.returncode}; see above")


def answer(work: Callable[[], None]) -> int:
    """Works inside the program, and returns its exit status."""
    with answer_channel() as channel:
        try:
            work()
        except InputError as error:
            print(error, file=channel)
            return 2
        except KeyboardInterrupt:
            return 130
    return 0


def as_settings(config: Config) -> str:
    """Makes paths absolute for a program, which may run in another directory."""
    config = from_json(to_json(config))
    data = config.data
    for name in ("text_dir", "parallel", "dictionary", "cache_dir"):
        if value := getattr(data, name):
            setattr(data, name, str(Path(value).expanduser().resolve()))
    sources = {language: source_of(data, language) for language in config.languages}
    data.sources = tuple(
        f"{language}:{source if source in TFDS else Path(source).expanduser().resolve()}"
        for language, source in sources.items()
        if source != data.source
    )
    return to_json(config)
